-- merge_sightings.sql: add the incoming sightings to the runs of their markets: a capture next to a run extends it, one
-- between two runs joins them. Next to each other are captures without another board of the game between them.
-- Reads incoming_sightings; staging.game_sightings has the boards already. :quotes_from, :quotes_until  the months of these
-- games' quotes.
WITH incoming AS MATERIALIZED (
    SELECT source_game_id, source, book_id, market_type, captured_at,
        NULLIF(LEAST(MAX(seen_at), captured_at), captured_at) AS seen_at
    FROM incoming_sightings
    GROUP BY source_game_id, source, book_id, market_type, captured_at
),
added AS MATERIALIZED (
    SELECT i.*, e.first_captured_at AS run_before
    FROM incoming AS i
    LEFT JOIN LATERAL (
        SELECT r.first_captured_at, r.last_captured_at
        FROM staging.market_sightings AS r
        WHERE r.source_game_id = i.source_game_id AND r.source = i.source AND r.book_id = i.book_id
            AND r.market_type = i.market_type AND r.first_captured_at <= i.captured_at
            AND r.first_captured_at >= %(quotes_from)s::TIMESTAMPTZ AND r.first_captured_at < %(quotes_until)s::TIMESTAMPTZ
        ORDER BY r.first_captured_at DESC
        LIMIT 1
    ) AS e ON TRUE
    WHERE e.last_captured_at IS NULL OR e.last_captured_at < i.captured_at
),
runs AS (
    SELECT r.*
    FROM (
        SELECT DISTINCT source_game_id, source, book_id, market_type, run_before AS first_captured_at FROM added
        UNION
        SELECT a.source_game_id, a.source, a.book_id, a.market_type, n.first_captured_at
        FROM added AS a
        CROSS JOIN LATERAL (
            SELECT r.first_captured_at
            FROM staging.market_sightings AS r
            WHERE r.source_game_id = a.source_game_id AND r.source = a.source AND r.book_id = a.book_id
                AND r.market_type = a.market_type AND r.first_captured_at > a.captured_at
                AND r.first_captured_at >= %(quotes_from)s::TIMESTAMPTZ AND r.first_captured_at < %(quotes_until)s::TIMESTAMPTZ
            ORDER BY r.first_captured_at
            LIMIT 1
        ) AS n
    ) AS k
    INNER JOIN staging.market_sightings AS r USING (source_game_id, source, book_id, market_type, first_captured_at)
    WHERE r.first_captured_at >= %(quotes_from)s::TIMESTAMPTZ AND r.first_captured_at < %(quotes_until)s::TIMESTAMPTZ
),
elements AS (
    SELECT source_game_id, source, book_id, market_type, first_captured_at, last_captured_at, seen_at, TRUE AS stored
    FROM runs
    UNION ALL
    SELECT source_game_id, source, book_id, market_type, captured_at, captured_at, seen_at, FALSE
    FROM added
),
boards AS (
    SELECT b.source_game_id, b.source, b.captured_at,
        ROW_NUMBER() OVER (PARTITION BY b.source_game_id, b.source ORDER BY b.captured_at) AS place
    FROM staging.game_sightings AS b
    INNER JOIN (SELECT DISTINCT source_game_id, source FROM added) AS a USING (source_game_id, source)
    WHERE b.captured_at >= %(quotes_from)s::TIMESTAMPTZ AND b.captured_at < %(quotes_until)s::TIMESTAMPTZ
),
placed AS (
    SELECT e.*,
        (b.place = LAG(l.place) OVER w + 1 AND e.seen_at IS NOT DISTINCT FROM LAG(e.seen_at) OVER w) IS NOT TRUE AS begins
    FROM elements AS e
    LEFT JOIN boards AS b
        ON (b.source_game_id, b.source, b.captured_at) = (e.source_game_id, e.source, e.first_captured_at)
    LEFT JOIN boards AS l
        ON (l.source_game_id, l.source, l.captured_at) = (e.source_game_id, e.source, e.last_captured_at)
    WINDOW w AS (PARTITION BY e.source_game_id, e.source, e.book_id, e.market_type ORDER BY e.first_captured_at)
),
numbered AS (
    SELECT *, COUNT(*) FILTER (WHERE begins) OVER (
        PARTITION BY source_game_id, source, book_id, market_type ORDER BY first_captured_at
    ) AS run
    FROM placed
),
merged AS MATERIALIZED (
    SELECT source_game_id, source, book_id, market_type, MIN(first_captured_at) AS first_captured_at,
        MAX(last_captured_at) AS last_captured_at, MIN(seen_at) AS seen_at, BOOL_AND(stored) AS unchanged
    FROM numbered
    GROUP BY source_game_id, source, book_id, market_type, run
),
absorbed AS (
    DELETE FROM staging.market_sightings AS r
    USING runs AS o
    WHERE (r.source_game_id, r.source, r.book_id, r.market_type, r.first_captured_at)
            = (o.source_game_id, o.source, o.book_id, o.market_type, o.first_captured_at)
        AND r.first_captured_at >= %(quotes_from)s::TIMESTAMPTZ AND r.first_captured_at < %(quotes_until)s::TIMESTAMPTZ
        AND NOT EXISTS (
            SELECT 1
            FROM merged AS m
            WHERE (m.source_game_id, m.source, m.book_id, m.market_type, m.first_captured_at)
                = (o.source_game_id, o.source, o.book_id, o.market_type, o.first_captured_at)
        )
)
INSERT INTO staging.market_sightings AS r
    (source, source_game_id, book_id, market_type, first_captured_at, last_captured_at, seen_at)
SELECT source, source_game_id, book_id, market_type, first_captured_at, last_captured_at, seen_at
FROM merged
WHERE NOT unchanged
ON CONFLICT (source_game_id, source, book_id, market_type, first_captured_at) DO UPDATE
SET last_captured_at = excluded.last_captured_at;
