-- landed_games.sql: the newest payload that another program landed of each of these Action Network games.
-- One row per game; the column that holds it has two names, by generation.
-- %(games)s  Action Network's ids, TEXT[].
SELECT DISTINCT ON (r.external_game_id)
    r.external_game_id, COALESCE(c.row -> 'raw_response', c.row -> 'raw_game_data') AS payload
FROM raw_data.action_network_games AS r
CROSS JOIN LATERAL (SELECT TO_JSONB(r) AS row) AS c
WHERE r.external_game_id = ANY(%(games)s)
ORDER BY r.external_game_id, r.collected_at DESC;
