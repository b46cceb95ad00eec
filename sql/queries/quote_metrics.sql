-- quote_metrics.sql: what prices did each book show of each side until these instants, one after the other?
-- One row a game, instant, book, market and side, its prices as arrays in the order of their stamps: features/quote_path.py
-- takes the metrics from them. Synthetic prices never were one, nor are odds between -100 and 100, which end the price before.
-- One index range per game and source, so a book that no catalogue knows is not missed, and grouped in the order of that
-- index, without a sort: a day costs a day's quotes whatever the tables hold.
-- An archive's two ends with one stamp are in the order open, close.
-- Quotes at or after first pitch (actual where known, else scheduled) are in-play and never count, nor does what no capture
-- had by the instant; a log captured only after the game is dated by its stamps.
-- :game_ids, :instants  arrays of equal length; :markets; :now the latest capture to use; :quotes_from, :quotes_until  the
-- months of their quotes.
WITH decisions AS MATERIALIZED (
    SELECT DISTINCT
        d.game_id, d.as_of, COALESCE(t.first_pitch, e.game_datetime) AS first_pitch,
        LEAST(d.as_of, COALESCE(t.first_pitch, e.game_datetime)) AS instant
    FROM UNNEST(%(game_ids)s::INTEGER[], %(instants)s::TIMESTAMPTZ[]) AS d (game_id, as_of)
    -- A fence: the view is two parts, which a join reads whole.
    CROSS JOIN LATERAL (SELECT * FROM curated.resolved_games WHERE id = d.game_id OFFSET 0) AS e
    LEFT JOIN curated.game_details AS t ON t.game_id = d.game_id
),
records AS MATERIALIZED (
    -- Two archives tell one price twice: only the better one counts, as for curated.market_lines.
    SELECT d.*, l.source, l.source_game_id, l.reversed,
        CASE WHEN v.is_live THEN LEAST(d.as_of, %(now)s) ELSE %(now)s END AS available_by
    FROM decisions AS d
    JOIN staging.linked_games AS l ON l.game_id = d.game_id AND l.rank > 4
    CROSS JOIN LATERAL staging.liveness_of(
        l.source, l.source_game_id, d.first_pitch, %(quotes_from)s::TIMESTAMPTZ, %(quotes_until)s::TIMESTAMPTZ
    ) AS v
    UNION ALL
    SELECT d.*, a.source, a.source_game_id, a.reversed, %(now)s
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
                    AND q.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND q.updated_at < %(quotes_until)s::TIMESTAMPTZ
            )
        ORDER BY l.rank, l.source_game_id COLLATE "C"
        LIMIT 1
    ) AS a
)
SELECT
    r.game_id, r.as_of, r.source || ':' || q.book_id AS book,
    COALESCE(c.book_name, r.source || ':' || q.book_id) AS book_name,
    COALESCE(c.parent_book, r.source || ':' || q.book_id) AS operator,
    COALESCE(c.bettable, r.source IN ('history_bundle', 'retrosheet', 'sbro')) AS bettable,
    q.market_type,
    staging.side_of_game(q.side, r.reversed) AS side,
    r.instant, r.as_of >= r.first_pitch AS is_closed,
    q.is_over OR COALESCE(b.board_at > s.captured_at, FALSE) AS pulled,
    COALESCE(s.seen_at, s.captured_at) AS last_seen_at, q.stamps, q.odds, q.line_values, q.open_for_bets
FROM records AS r
CROSS JOIN LATERAL (
    SELECT
        h.sportsbook_external_id AS book_id, h.market_type, h.side,
        ARRAY_AGG(h.updated_at ORDER BY h.updated_at) FILTER (WHERE staging.is_price(h.odds)) AS stamps,
        ARRAY_AGG(h.odds ORDER BY h.updated_at) FILTER (WHERE staging.is_price(h.odds)) AS odds,
        ARRAY_AGG(COALESCE(h.line_value, 'NaN')::DOUBLE PRECISION ORDER BY h.updated_at)
            FILTER (WHERE staging.is_price(h.odds)) AS line_values,
        ARRAY_AGG(COALESCE(h.line_status, 'normal') <> 'suspended' ORDER BY h.updated_at)
            FILTER (WHERE staging.is_price(h.odds)) AS open_for_bets,
        NOT (ARRAY_AGG(staging.is_price(h.odds) ORDER BY h.updated_at DESC))[1] AS is_over
    FROM staging.action_network_odds_historical AS h
    WHERE r.source = 'action_network'
        AND h.external_game_id = r.source_game_id
        AND h.market_type = ANY(%(markets)s)
        AND h.updated_at <= r.as_of AND h.updated_at < r.first_pitch
        AND COALESCE(h.data_collection_time, h.updated_at) <= r.available_by
    GROUP BY h.sportsbook_external_id, h.market_type, h.side
    HAVING BOOL_OR(staging.is_price(h.odds))
    UNION ALL
    SELECT
        s.book_id, s.market_type, s.side,
        ARRAY_AGG(s.updated_at ORDER BY s.updated_at),
        ARRAY_AGG(s.odds ORDER BY s.updated_at),
        ARRAY_AGG(COALESCE(s.line_value, 'NaN')::DOUBLE PRECISION ORDER BY s.updated_at),
        ARRAY_AGG(COALESCE(s.line_status, 'normal') <> 'suspended' ORDER BY s.updated_at), FALSE
    FROM staging.source_quotes AS s
    WHERE s.source_game_id = r.source_game_id AND s.source = r.source AND s.market_type = ANY(%(markets)s)
        AND s.updated_at <= r.as_of AND s.updated_at < r.first_pitch AND s.captured_at <= r.available_by
        AND s.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND s.updated_at < %(quotes_until)s::TIMESTAMPTZ
    GROUP BY s.book_id, s.market_type, s.side
    UNION ALL
    -- A feed with a change log needs no second telling of its two ends, whose stamps are assumed.
    SELECT
        a.feed || ':' || a.book, a.market_type, a.side,
        ARRAY_AGG(a.updated_at ORDER BY a.updated_at, a.quote_kind DESC),
        ARRAY_AGG(a.odds ORDER BY a.updated_at, a.quote_kind DESC),
        ARRAY_AGG(COALESCE(a.line_value, 'NaN')::DOUBLE PRECISION ORDER BY a.updated_at, a.quote_kind DESC),
        ARRAY_AGG(TRUE ORDER BY a.updated_at, a.quote_kind DESC), FALSE
    FROM staging.archive_quotes AS a
    WHERE a.source_game_id = r.source_game_id AND a.source = r.source AND a.market_type = ANY(%(markets)s)
        AND a.updated_at <= r.as_of AND a.updated_at < r.first_pitch
        AND a.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND a.updated_at < %(quotes_until)s::TIMESTAMPTZ
        AND NOT a.synthetic
        AND (
            a.quote_kind = 'tick'
            OR NOT EXISTS (
                SELECT 1
                FROM staging.archive_quotes AS t
                WHERE t.source_game_id = a.source_game_id AND t.source = a.source AND t.feed = a.feed
                    AND t.book = a.book AND t.quote_kind = 'tick' AND t.market_type = a.market_type
                    AND t.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND t.updated_at < %(quotes_until)s::TIMESTAMPTZ
            )
        )
    GROUP BY a.feed, a.book, a.market_type, a.side
) AS q
LEFT JOIN LATERAL (
    SELECT MAX(s.captured_at) AS board_at
    FROM staging.game_sightings AS s
    WHERE s.source_game_id = r.source_game_id AND s.source = r.source
        AND s.captured_at <= LEAST(r.instant, r.available_by)
        AND s.captured_at >= %(quotes_from)s::TIMESTAMPTZ AND s.captured_at < %(quotes_until)s::TIMESTAMPTZ
) AS b ON TRUE
LEFT JOIN LATERAL (
    SELECT s.seen_at,
        CASE WHEN s.last_captured_at <= LEAST(r.instant, r.available_by) THEN s.last_captured_at ELSE b.board_at END
            AS captured_at
    FROM staging.market_sightings AS s
    WHERE s.source_game_id = r.source_game_id AND s.source = r.source AND s.book_id = q.book_id
        AND s.market_type = q.market_type AND s.first_captured_at <= LEAST(r.instant, r.available_by)
        AND s.first_captured_at >= %(quotes_from)s::TIMESTAMPTZ AND s.first_captured_at < %(quotes_until)s::TIMESTAMPTZ
    ORDER BY s.first_captured_at DESC
    LIMIT 1
) AS s ON TRUE
LEFT JOIN staging.book_catalogue AS c
    ON c.source = r.source AND c.book_id = q.book_id AND r.instant::DATE BETWEEN c.valid_from AND c.valid_to
ORDER BY r.game_id, r.as_of, q.market_type COLLATE "C", (r.source || ':' || q.book_id) COLLATE "C",
    staging.side_of_game(q.side, r.reversed) COLLATE "C", r.source_game_id COLLATE "C";
