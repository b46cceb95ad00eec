-- decide_quote_changes.sql: at which observed instants does a price change, among those that the incoming can affect?
-- Fills decided_quotes, one row a key and instant: the price in effect there, and whether it is a change. Affected are
-- the incoming instants and the next one after each of them; a change is stamped by its source, or differs from before.
-- :quotes_from, :quotes_until  the months of these games' quotes.
CREATE TEMPORARY TABLE decided_quotes ON COMMIT DROP AS
WITH incoming AS (
    SELECT DISTINCT source_game_id, source, book_id, market_type, side, updated_at
    FROM incoming_quotes
),
affected AS (
    SELECT source_game_id, source, book_id, market_type, side, updated_at
    FROM incoming
    UNION
    SELECT i.source_game_id, i.source, i.book_id, i.market_type, i.side, n.updated_at
    FROM incoming AS i
    CROSS JOIN LATERAL (
        SELECT o.updated_at
        FROM staging.quote_observations AS o
        WHERE (o.source_game_id, o.source, o.book_id, o.market_type, o.side)
                = (i.source_game_id, i.source, i.book_id, i.market_type, i.side)
            AND o.updated_at > i.updated_at
            AND o.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND o.updated_at < %(quotes_until)s::TIMESTAMPTZ
        ORDER BY o.updated_at
        LIMIT 1
    ) AS n
)
SELECT
    a.source_game_id, a.source, a.book_id, a.market_type, a.side, a.updated_at, now_.odds, now_.line_value,
    now_.captured_at, now_.line_status, now_.market_id, now_.outcome_id, now_.payload_id,
    (now_.stamped OR before_.odds IS NULL
        OR (now_.odds, now_.line_value) IS DISTINCT FROM (before_.odds, before_.line_value)) AS is_change
FROM affected AS a
CROSS JOIN LATERAL (
    SELECT o.odds, o.line_value, o.stamped, o.captured_at, o.line_status, o.market_id, o.outcome_id, o.payload_id
    FROM staging.quote_observations AS o
    WHERE (o.source_game_id, o.source, o.book_id, o.market_type, o.side)
            = (a.source_game_id, a.source, a.book_id, a.market_type, a.side)
        AND o.updated_at = a.updated_at
        AND o.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND o.updated_at < %(quotes_until)s::TIMESTAMPTZ
    ORDER BY o.captured_at DESC, o.position DESC, o.odds DESC, o.line_value DESC
    LIMIT 1
) AS now_
LEFT JOIN LATERAL (
    SELECT o.odds, o.line_value
    FROM staging.quote_observations AS o
    WHERE (o.source_game_id, o.source, o.book_id, o.market_type, o.side)
            = (a.source_game_id, a.source, a.book_id, a.market_type, a.side)
        AND o.updated_at < a.updated_at
        AND o.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND o.updated_at < %(quotes_until)s::TIMESTAMPTZ
    ORDER BY o.updated_at DESC, o.captured_at DESC, o.position DESC, o.odds DESC, o.line_value DESC
    LIMIT 1
) AS before_ ON TRUE;
