-- standing_links.sql: which records of these days have their game already?
-- One row per linked record. %(from_day)s, %(to_day)s  official dates, both included.
SELECT g.source, g.source_game_id, i.game_id
FROM staging.source_games AS g
-- A fence: statistics that do not know the days yet take them for a large part of the table, and the links are read whole.
CROSS JOIN LATERAL (
    SELECT game_id FROM curated.game_identity WHERE source = g.source AND source_game_id = g.source_game_id OFFSET 0
) AS i
WHERE g.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1;
