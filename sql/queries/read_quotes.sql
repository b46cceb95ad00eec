-- read_quotes.sql: every stored price of the games of a range of days.
-- One row a price change of one side, of the game's, at one book. :from_day, :to_day  official dates, both included;
-- :as_of or NULL: only prices that were stored by then; :quotes_from, :quotes_until  the months of their quotes.
SELECT
    i.game_id, g.game_date, h.source, h.book, h.quote_kind, h.market_type,
    staging.side_of_game(h.side, i.reversed) AS side, h.odds, h.line_value, h.updated_at, h.captured_at, h.assumed,
    h.synthetic
FROM curated.enhanced_games AS g
JOIN staging.linked_games AS i ON i.game_id = g.id
CROSS JOIN LATERAL (
    SELECT q.*
    FROM staging.odds_history AS q
    WHERE q.source = i.source AND q.source_game_id = i.source_game_id
        AND (
            NOT q.is_divided
            OR q.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND q.updated_at < %(quotes_until)s::TIMESTAMPTZ
        )
    -- A fence: else the planner joins whole tables by hash.
    OFFSET 0
) AS h
WHERE staging.is_price(h.odds)
    AND g.game_date BETWEEN %(from_day)s AND %(to_day)s
    AND (
        %(as_of)s::TIMESTAMPTZ IS NULL
        OR h.updated_at <= %(as_of)s AND (h.assumed OR h.captured_at IS NULL OR h.captured_at <= %(as_of)s)
    )
ORDER BY g.game_date, i.game_id, h.market_type, side, h.book, h.updated_at;
