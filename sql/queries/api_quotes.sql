-- api_quotes.sql: which prices of a game were quoted, newest first?
-- One row a quote of one side, of the game's, at one book, and from when to when it could be bet.
-- :game_id; :now the latest capture to use; :market_type, :book, :since, :until or NULL; :limit, :offset; :quotes_from,
-- :quotes_until  the months of its quotes.
SELECT
    h.source, h.book, COALESCE(c.book_name, h.book) AS book_name, h.quote_kind, h.market_type, h.side, h.odds,
    h.line_value, h.quoted_at AS updated_at, h.captured_at, h.assumed, h.synthetic, COALESCE(c.bettable, FALSE) AS bettable,
    LOWER(h.offered) AS available_at, UPPER(h.offered) AS ended_at, COUNT(*) OVER () AS total
FROM curated.resolved_games AS g
CROSS JOIN staging.quote_history(
    ARRAY[g.id::BIGINT], %(now)s, %(quotes_from)s::TIMESTAMPTZ, %(quotes_until)s::TIMESTAMPTZ
) AS h
LEFT JOIN LATERAL (
    SELECT k.book_name, k.bettable
    FROM staging.book_catalogue AS k
    WHERE k.source || ':' || k.book_id = h.book
        AND g.game_date BETWEEN k.valid_from AND k.valid_to
    LIMIT 1
) AS c ON TRUE
WHERE g.id = %(game_id)s
    AND NOT h.suspended
    AND staging.is_price(h.odds)
    AND (%(market_type)s::TEXT IS NULL OR h.market_type = %(market_type)s)
    AND (%(book)s::TEXT IS NULL OR h.book = %(book)s)
    AND (%(since)s::TIMESTAMPTZ IS NULL OR h.quoted_at >= %(since)s)
    AND (%(until)s::TIMESTAMPTZ IS NULL OR h.quoted_at <= %(until)s)
ORDER BY h.quoted_at DESC, h.book, h.market_type, h.side
LIMIT %(limit)s OFFSET %(offset)s;
