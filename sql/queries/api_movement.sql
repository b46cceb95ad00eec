-- api_movement.sql: which prices of these games could be bet when, up to the scheduled start, book by book?
-- One row per stretch in which a price was on offer, by game, market, book, side (the game's), instant; until is NULL where
-- it still is, or was at the start. A price that was pulled and came back unchanged has two. Synthetic ones never were.
-- :game_ids; :sides; :now the latest capture to use; :quotes_from, :quotes_until  the months of their quotes.
WITH games AS MATERIALIZED (
    SELECT g.id, g.game_date, g.game_datetime
    FROM UNNEST(%(game_ids)s::BIGINT[]) AS r (id)
    -- A fence: the view is two parts, which a join reads whole.
    CROSS JOIN LATERAL (SELECT * FROM curated.resolved_games WHERE id = r.id OFFSET 0) AS g
),
-- A table of its own: where few prices are expected, the catalog was searched once a price.
books AS MATERIALIZED (
    SELECT source || ':' || book_id AS book, book_name, valid_from, valid_to FROM staging.book_catalogue
)
SELECT
    h.game_id, h.market_type, h.side, h.book, COALESCE(c.book_name, h.book) AS book_name, h.quote_kind, h.odds,
    h.line_value, LOWER(o.offered) AS at,
    CASE WHEN UPPER(o.offered) <= g.game_datetime THEN UPPER(o.offered) END AS until, h.assumed
FROM staging.quote_history(
    %(game_ids)s::BIGINT[], %(now)s, %(quotes_from)s::TIMESTAMPTZ, %(quotes_until)s::TIMESTAMPTZ, %(sides)s::TEXT[]
) AS h
JOIN games AS g ON g.id = h.game_id
CROSS JOIN LATERAL UNNEST(h.offered) AS o (offered)
LEFT JOIN books AS c ON c.book = h.book AND g.game_date BETWEEN c.valid_from AND c.valid_to
WHERE h.quoted_at <= g.game_datetime
    AND LOWER(o.offered) <= g.game_datetime
    AND NOT h.synthetic
    AND staging.is_price(h.odds)
ORDER BY h.game_id, h.market_type, h.book, h.side, at;
