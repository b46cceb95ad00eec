-- api_quotes.sql: which prices of a game were quoted, newest first?
-- One row a quote of one side, of the game's, at one book. :game_id; :market_type, :book, :since, :until or NULL; :limit, :offset.
SELECT
    h.source, h.book, COALESCE(c.book_name, h.book) AS book_name, h.quote_kind, h.market_type,
    staging.side_of_game(h.side, i.reversed) AS side, h.odds,
    h.line_value, h.updated_at, h.captured_at, h.assumed, h.synthetic, COALESCE(c.bettable, FALSE) AS bettable,
    COUNT(*) OVER () AS total
FROM staging.linked_games AS i
JOIN curated.resolved_games AS g ON g.id = i.game_id
CROSS JOIN LATERAL (
    SELECT q.*
    FROM staging.odds_history AS q
    WHERE q.source = i.source AND q.source_game_id = i.source_game_id
    -- A fence: else the planner joins whole tables by hash, 500 ms where an index range a game takes 5.
    OFFSET 0
) AS h
LEFT JOIN LATERAL (
    SELECT k.book_name, k.bettable
    FROM staging.book_catalogue AS k
    WHERE k.source || ':' || k.book_id = h.book
        AND g.game_date BETWEEN k.valid_from AND k.valid_to
    LIMIT 1
) AS c ON TRUE
WHERE i.game_id = %(game_id)s
    AND (%(market_type)s::TEXT IS NULL OR h.market_type = %(market_type)s)
    AND (%(book)s::TEXT IS NULL OR h.book = %(book)s)
    AND (%(since)s::TIMESTAMPTZ IS NULL OR h.updated_at >= %(since)s)
    AND (%(until)s::TIMESTAMPTZ IS NULL OR h.updated_at <= %(until)s)
ORDER BY h.updated_at DESC, h.book, h.market_type, side
LIMIT %(limit)s OFFSET %(offset)s;
