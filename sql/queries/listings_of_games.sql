-- listings_of_games.sql: how were these games of a source listed, each time that they were captured?
-- One row per game, role of the listing and capture. What a listing from before this was stored does not say is as the
-- game's present row has it.
-- %(source)s, %(games)s  the source's ids; %(through)s  the latest capture to use, or NULL
SELECT f.source_game_id, f.side, f.known_at, COALESCE(TO_JSONB(g), '{}') || f.content AS content
FROM staging.fact_observations AS f
LEFT JOIN staging.source_games AS g USING (source, source_game_id)
WHERE f.source = %(source)s AND f.source_game_id = ANY(%(games)s) AND f.fact = 'game_status_history'
    AND (%(through)s::TIMESTAMPTZ IS NULL OR f.known_at <= %(through)s)
ORDER BY f.source_game_id, f.known_at;
