-- most_moved_game.sql: whose moneyline of the day :day has moved most since its open?
-- At most one row: id, and a title.
SELECT g.id, g.away_team || ' at ' || g.home_team || ', ' || g.game_date
FROM curated.resolved_games AS g
JOIN curated.market_lines AS o ON o.game_id = g.id AND o.stage = 'open' AND o.market_type = %(moneyline)s
JOIN curated.market_lines AS l ON l.game_id = g.id AND l.stage <> 'open' AND l.market_type = %(moneyline)s
WHERE g.game_date = %(day)s
    AND l.quoted_at > o.quoted_at
ORDER BY ABS(l.fair_probability - o.fair_probability) DESC, g.id
LIMIT 1;
