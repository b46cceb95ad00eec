-- split_sightings.sql: cut the runs of sightings that a late capture interrupts: it lists the game without the market,
-- or shows the market by itself, without the rest of the board. Reads incoming_sightings and incoming_listings;
-- staging.game_sightings has the listings already. :quotes_from, :quotes_until  the months of these games' quotes.
WITH incoming AS (
    SELECT source, source_game_id, captured_at FROM incoming_listings
    UNION
    SELECT source, source_game_id, captured_at FROM incoming_sightings
),
cuts AS MATERIALIZED (
    SELECT r.source, r.source_game_id, r.book_id, r.market_type, r.first_captured_at, r.last_captured_at, r.seen_at,
        i.captured_at
    FROM incoming AS i
    INNER JOIN staging.market_sightings AS r
        ON r.source_game_id = i.source_game_id AND r.source = i.source
        AND r.first_captured_at < i.captured_at AND r.last_captured_at > i.captured_at
        AND r.first_captured_at >= %(quotes_from)s::TIMESTAMPTZ AND r.first_captured_at < %(quotes_until)s::TIMESTAMPTZ
    LEFT JOIN incoming_sightings AS s
        ON (s.source, s.source_game_id, s.book_id, s.market_type, s.captured_at)
            = (r.source, r.source_game_id, r.book_id, r.market_type, i.captured_at)
    LEFT JOIN staging.game_sightings AS b
        ON (b.source, b.source_game_id, b.captured_at) = (i.source, i.source_game_id, i.captured_at)
        AND b.captured_at >= %(quotes_from)s::TIMESTAMPTZ AND b.captured_at < %(quotes_until)s::TIMESTAMPTZ
    WHERE CASE
            WHEN s.source IS NULL THEN b.source IS NOT NULL
            ELSE b.source IS NULL OR NULLIF(LEAST(s.seen_at, s.captured_at), s.captured_at) IS DISTINCT FROM r.seen_at
        END
),
removed AS (
    DELETE FROM staging.market_sightings AS r
    USING cuts AS c
    WHERE (r.source_game_id, r.source, r.book_id, r.market_type, r.first_captured_at)
        = (c.source_game_id, c.source, c.book_id, c.market_type, c.first_captured_at)
        AND r.first_captured_at >= %(quotes_from)s::TIMESTAMPTZ AND r.first_captured_at < %(quotes_until)s::TIMESTAMPTZ
),
captures AS (
    SELECT c.source, c.source_game_id, c.book_id, c.market_type, c.first_captured_at, c.seen_at, b.captured_at,
        COUNT(*) FILTER (WHERE c.captured_at < b.captured_at) AS piece
    FROM cuts AS c
    INNER JOIN staging.game_sightings AS b
        ON b.source_game_id = c.source_game_id AND b.source = c.source
        AND b.captured_at BETWEEN c.first_captured_at AND c.last_captured_at
        AND b.captured_at >= %(quotes_from)s::TIMESTAMPTZ AND b.captured_at < %(quotes_until)s::TIMESTAMPTZ
    GROUP BY c.source, c.source_game_id, c.book_id, c.market_type, c.first_captured_at, c.seen_at, b.captured_at
    HAVING NOT BOOL_OR(c.captured_at = b.captured_at)
)
-- The first piece has the key of its run, which this statement deletes: it becomes a row of its own afterwards.
INSERT INTO pieces (source, source_game_id, book_id, market_type, first_captured_at, last_captured_at, seen_at)
SELECT source, source_game_id, book_id, market_type, MIN(captured_at), MAX(captured_at), seen_at
FROM captures
GROUP BY source, source_game_id, book_id, market_type, first_captured_at, seen_at, piece;
