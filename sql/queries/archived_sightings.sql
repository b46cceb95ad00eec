-- archived_sightings.sql: when was each of these markets last seen by its instant? For DuckDB over the archive tier; the
-- conditions are those of quote_metrics.sql.
-- One row a path with a sighting or a board: whether a later board listed the game without the market, and the last sighting.
-- The tables paths (path, record, book_id, market_type) and records (place, source, source_game_id, instant, available_by)
-- are the caller's.
WITH boards AS (
    SELECT r.place AS record, MAX(s.captured_at) AS board_at
    FROM staging.game_sightings AS s
    INNER JOIN records AS r ON r.source = s.source AND r.source_game_id = s.source_game_id
    WHERE s.captured_at <= LEAST(r.instant, r.available_by)
    GROUP BY r.place
),
newest AS (
    SELECT p.path, MAX(s.first_captured_at) AS first_captured_at
    FROM paths AS p
    INNER JOIN records AS r ON r.place = p.record
    INNER JOIN staging.market_sightings AS s
        ON s.source_game_id = r.source_game_id AND s.source = r.source AND s.book_id = p.book_id
        AND s.market_type = p.market_type
    WHERE s.first_captured_at <= LEAST(r.instant, r.available_by)
    GROUP BY p.path
),
seen AS (
    SELECT n.path, b.board_at, s.seen_at,
        CASE WHEN s.last_captured_at <= LEAST(r.instant, r.available_by) THEN s.last_captured_at ELSE b.board_at END AS captured_at
    FROM newest AS n
    INNER JOIN paths AS p ON p.path = n.path
    INNER JOIN records AS r ON r.place = p.record
    INNER JOIN staging.market_sightings AS s
        ON s.source_game_id = r.source_game_id AND s.source = r.source AND s.book_id = p.book_id
        AND s.market_type = p.market_type AND s.first_captured_at = n.first_captured_at
    LEFT JOIN boards AS b ON b.record = p.record
)
SELECT path, COALESCE(board_at > captured_at, FALSE) AS pulled, EPOCH_US(COALESCE(seen_at, captured_at)) AS last_seen
FROM seen
