-- games_of_days.sql: which games are of these days, or have a record that is?
-- One row per game. %(from_day)s, %(to_day)s  official dates, both included.
SELECT e.id::INTEGER
FROM curated.resolved_games AS e
WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
UNION
SELECT i.game_id
FROM staging.source_games AS g
JOIN curated.game_identity AS i USING (source, source_game_id)
WHERE g.game_date BETWEEN %(from_day)s AND %(to_day)s
ORDER BY 1;
