-- take_arrivals.sql: quotes of these listings are being priced. The caller's transaction does both or neither.
-- :sources, :source_game_ids  arrays of equal length.
DELETE FROM staging.quote_arrivals AS a
USING UNNEST(%(sources)s::VARCHAR[], %(source_game_ids)s::VARCHAR[]) AS t (source, source_game_id)
WHERE a.source = t.source AND a.source_game_id = t.source_game_id;
