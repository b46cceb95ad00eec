-- earliest_opening.sql: when was the first opening price of the days' games known?
SELECT MIN(l.known_at)
FROM curated.market_lines AS l
JOIN curated.resolved_games AS g ON g.id = l.game_id
WHERE g.game_date BETWEEN %(first)s AND %(last)s
    AND l.stage = 'open';
