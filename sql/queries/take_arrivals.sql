-- take_arrivals.sql: quotes and boards of these listings are being priced. The caller's transaction does both or neither.
-- One row a statement that wrote some: the listing, and the latest stamp of its quotes, NULL where that is not known.
-- :sources, :source_game_ids  arrays of equal length.
WITH taken AS MATERIALIZED (
    SELECT t.source, t.source_game_id
    FROM UNNEST(%(sources)s::VARCHAR[], %(source_game_ids)s::VARCHAR[]) AS t (source, source_game_id)
),
boards AS (
    DELETE FROM staging.board_arrivals AS a
    USING taken AS t
    WHERE a.source = t.source AND a.source_game_id = t.source_game_id
)
DELETE FROM staging.quote_arrivals AS a
USING taken AS t
WHERE a.source = t.source AND a.source_game_id = t.source_game_id
RETURNING a.source, a.source_game_id, a.newest_stamp;
