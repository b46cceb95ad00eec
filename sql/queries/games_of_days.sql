-- games_of_days.sql: which games are of these days, or have a record that is?
-- One row per game. %(from_day)s, %(to_day)s  official dates, both included.
SELECT e.id::INTEGER
FROM curated.resolved_games AS e
WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
UNION
SELECT i.game_id
FROM staging.source_games AS g
-- A fence: statistics that do not know the days yet take them for a large part of the table, and the links are read whole.
CROSS JOIN LATERAL (
    SELECT game_id FROM curated.game_identity WHERE source = g.source AND source_game_id = g.source_game_id OFFSET 0
) AS i
WHERE g.game_date BETWEEN %(from_day)s AND %(to_day)s
ORDER BY 1;
