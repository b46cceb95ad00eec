-- quote_metrics.sql: how did each book's price of each side come to where it stood at these instants?
-- One row a game, instant, book, market and side. Suspended prices end a book's price; synthetic ones never were one.
-- One index range per game and source, so a book that no catalogue knows is not missed: a day costs a day's quotes
-- whatever the tables hold.
-- Quotes at or after first pitch (actual where known, else scheduled) are in-play and never count; closing_* are NULL
-- until the instant is past it. Probabilities are break-even ones of one side, margin included, 0..1.
-- :game_ids, :instants  arrays of equal length; :markets.
WITH decisions AS (
    SELECT DISTINCT
        d.game_id, d.as_of, COALESCE(t.first_pitch, e.game_datetime) AS first_pitch,
        LEAST(d.as_of, COALESCE(t.first_pitch, e.game_datetime)) AS instant
    FROM UNNEST(%(game_ids)s::INTEGER[], %(instants)s::TIMESTAMPTZ[]) AS d (game_id, as_of)
    JOIN curated.enhanced_games AS e ON e.id = d.game_id
    LEFT JOIN curated.game_details AS t ON t.game_id = d.game_id
),
records AS (
    -- Two archives tell one price twice: only the better one counts, as for curated.market_lines.
    SELECT d.*, l.source, l.source_game_id, l.reversed
    FROM decisions AS d
    JOIN staging.linked_games AS l ON l.game_id = d.game_id AND l.rank > 4
    UNION ALL
    SELECT d.*, a.source, a.source_game_id, a.reversed
    FROM decisions AS d
    CROSS JOIN LATERAL (
        SELECT l.source, l.source_game_id, l.reversed
        FROM staging.linked_games AS l
        WHERE l.game_id = d.game_id
            AND l.rank BETWEEN 2 AND 4
            AND EXISTS (
                SELECT 1
                FROM staging.archive_quotes AS q
                WHERE q.source_game_id = l.source_game_id AND q.source = l.source
            )
        ORDER BY l.rank
        LIMIT 1
    ) AS a
),
quotes AS (
    SELECT
        r.game_id, r.as_of, r.first_pitch, r.instant, r.source, r.source_game_id, q.book_id, q.market_type,
        CASE WHEN r.reversed AND q.side = 'home' THEN 'away' WHEN r.reversed AND q.side = 'away' THEN 'home' ELSE q.side
        END AS side,
        q.odds, q.line_value::DOUBLE PRECISION AS line_value, q.updated_at, q.open_for_bets,
        CASE WHEN q.odds > 0 THEN 100.0 / (100 + q.odds) ELSE -q.odds / (100.0 - q.odds) END::DOUBLE PRECISION AS even
    FROM records AS r
    CROSS JOIN LATERAL (
        SELECT
            h.sportsbook_external_id AS book_id, h.market_type, h.side, h.odds, h.line_value, h.updated_at,
            COALESCE(h.line_status, 'normal') <> 'suspended' AS open_for_bets
        FROM staging.action_network_odds_historical AS h
        WHERE r.source = 'action_network'
            AND h.external_game_id = r.source_game_id
            AND h.market_type = ANY(%(markets)s)
            AND h.updated_at <= r.as_of AND h.updated_at < r.first_pitch
        UNION ALL
        SELECT
            s.book_id, s.market_type, s.side, s.odds, s.line_value, s.updated_at,
            COALESCE(s.line_status, 'normal') <> 'suspended'
        FROM staging.source_quotes AS s
        WHERE s.source_game_id = r.source_game_id AND s.source = r.source AND s.market_type = ANY(%(markets)s)
            AND s.updated_at <= r.as_of AND s.updated_at < r.first_pitch
        UNION ALL
        -- A feed with a change log needs no second telling of its two ends, whose stamps are assumed.
        SELECT a.feed || ':' || a.book, a.market_type, a.side, a.odds, a.line_value, a.updated_at, TRUE
        FROM staging.archive_quotes AS a
        WHERE a.source_game_id = r.source_game_id AND a.source = r.source AND a.market_type = ANY(%(markets)s)
            AND a.updated_at <= r.as_of AND a.updated_at < r.first_pitch
            AND NOT a.synthetic
            AND (
                a.quote_kind = 'tick'
                OR NOT EXISTS (
                    SELECT 1
                    FROM staging.archive_quotes AS t
                    WHERE t.source_game_id = a.source_game_id AND t.source = a.source AND t.feed = a.feed
                        AND t.book = a.book AND t.quote_kind = 'tick' AND t.market_type = a.market_type
                )
            )
    ) AS q
),
steps AS (
    SELECT
        q.*,
        q.even - LAG(q.even) OVER key AS step,
        q.line_value - LAG(q.line_value) OVER key AS line_step,
        q.odds <> LAG(q.odds) OVER key OR q.line_value <> LAG(q.line_value) OVER key AS changed
    FROM quotes AS q
    WINDOW key AS (
        PARTITION BY q.game_id, q.as_of, q.source, q.source_game_id, q.book_id, q.market_type, q.side
        ORDER BY q.updated_at
    )
),
keys AS (
    SELECT
        game_id, as_of, first_pitch, instant, source, source_game_id, book_id, market_type, side,
        (ARRAY_AGG(odds ORDER BY updated_at) FILTER (WHERE open_for_bets))[1] AS opening_odds,
        (ARRAY_AGG(line_value ORDER BY updated_at) FILTER (WHERE open_for_bets))[1] AS opening_line,
        MIN(updated_at) FILTER (WHERE open_for_bets) AS opened_at,
        (ARRAY_AGG(odds ORDER BY updated_at DESC))[1] AS odds,
        (ARRAY_AGG(line_value ORDER BY updated_at DESC))[1] AS line_value,
        (ARRAY_AGG(even ORDER BY updated_at DESC))[1] AS even,
        (ARRAY_AGG(open_for_bets ORDER BY updated_at DESC))[1] AS open_for_bets,
        MAX(updated_at) AS quoted_at,
        COUNT(*) FILTER (WHERE changed) AS changes,
        MAX(ABS(step)) FILTER (WHERE COALESCE(line_step, 0) = 0) AS largest_move,
        MAX(ABS(line_step)) AS largest_line_move,
        (ARRAY_AGG(even ORDER BY updated_at DESC) FILTER (WHERE updated_at <= instant - INTERVAL '1 hour'))[1]
            AS even_1h,
        (ARRAY_AGG(line_value ORDER BY updated_at DESC) FILTER (WHERE updated_at <= instant - INTERVAL '1 hour'))[1]
            AS line_1h,
        (ARRAY_AGG(even ORDER BY updated_at DESC) FILTER (WHERE updated_at <= instant - INTERVAL '6 hours'))[1]
            AS even_6h,
        (ARRAY_AGG(line_value ORDER BY updated_at DESC) FILTER (WHERE updated_at <= instant - INTERVAL '6 hours'))[1]
            AS line_6h,
        (ARRAY_AGG(even ORDER BY updated_at DESC) FILTER (WHERE updated_at <= instant - INTERVAL '24 hours'))[1]
            AS even_24h,
        (ARRAY_AGG(line_value ORDER BY updated_at DESC) FILTER (WHERE updated_at <= instant - INTERVAL '24 hours'))[1]
            AS line_24h,
        -- The steps themselves, because steam is a matter of several books' clocks.
        ARRAY_AGG(updated_at ORDER BY updated_at) FILTER (WHERE changed AND open_for_bets) AS step_times,
        ARRAY_AGG(step ORDER BY updated_at) FILTER (WHERE changed AND open_for_bets) AS step_sizes,
        ARRAY_AGG(COALESCE(line_step, 0) ORDER BY updated_at) FILTER (WHERE changed AND open_for_bets) AS step_lines
    FROM steps
    GROUP BY game_id, as_of, first_pitch, instant, source, source_game_id, book_id, market_type, side
)
SELECT
    k.game_id, k.as_of, k.source || ':' || k.book_id AS book, COALESCE(c.parent_book, k.source || ':' || k.book_id)
        AS operator,
    COALESCE(c.bettable, k.source IN ('history_bundle', 'retrosheet', 'sbro')) AS bettable,
    k.market_type, k.side, k.opening_odds, k.opening_line, k.opened_at, k.odds, k.line_value, k.quoted_at,
    k.open_for_bets AND NOT COALESCE(s.last_pulled_at > s.last_seen_at AND s.last_pulled_at <= k.instant, FALSE)
        AS standing,
    CASE WHEN k.as_of >= k.first_pitch THEN k.odds END AS closing_odds,
    CASE WHEN k.as_of >= k.first_pitch THEN k.line_value END AS closing_line,
    k.changes, k.largest_move, k.largest_line_move,
    CASE WHEN k.line_value IS NOT DISTINCT FROM k.line_1h THEN k.even - k.even_1h END AS velocity_1h,
    CASE WHEN k.line_value IS NOT DISTINCT FROM k.line_6h THEN (k.even - k.even_6h) / 6 END AS velocity_6h,
    CASE WHEN k.line_value IS NOT DISTINCT FROM k.line_24h THEN (k.even - k.even_24h) / 24 END AS velocity_24h,
    EXTRACT(EPOCH FROM k.instant - k.quoted_at)::DOUBLE PRECISION / 60 AS minutes_since_change,
    EXTRACT(EPOCH FROM k.instant - LEAST(k.instant, GREATEST(s.last_seen_at, k.quoted_at)))::DOUBLE PRECISION / 60
        AS minutes_since_seen,
    k.step_times, k.step_sizes, k.step_lines
FROM keys AS k
LEFT JOIN staging.quote_sightings AS s
    ON s.source_game_id = k.source_game_id AND s.source = k.source AND s.book_id = k.book_id
    AND s.market_type = k.market_type
LEFT JOIN staging.book_catalogue AS c
    ON c.source = k.source AND c.book_id = k.book_id AND k.instant::DATE BETWEEN c.valid_from AND c.valid_to
ORDER BY k.game_id, k.as_of, k.market_type, book, k.side;
