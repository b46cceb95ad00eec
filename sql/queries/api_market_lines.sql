-- api_market_lines.sql: what did the market say of these games at each stage?
-- One row a game, stage and market; fair_probability is of home or over, given no push. :game_ids.
SELECT
    l.game_id, l.stage, l.market_type, l.book, COALESCE(c.book_name, l.book) AS book_name, l.books,
    l.home_or_over_odds, l.away_or_under_odds, l.line_value, l.fair_probability, l.overround, l.quoted_at, l.known_at,
    l.assumed, l.price_stage
FROM curated.market_lines AS l
-- A fence: the view is two parts, which a join reads whole.
CROSS JOIN LATERAL (SELECT * FROM curated.resolved_games WHERE id = l.game_id OFFSET 0) AS g
LEFT JOIN LATERAL (
    SELECT k.book_name
    FROM staging.book_catalogue AS k
    WHERE k.source || ':' || k.book_id = l.book
        AND g.game_date BETWEEN k.valid_from AND k.valid_to
    LIMIT 1
) AS c ON TRUE
WHERE l.game_id = ANY(%(game_ids)s)
ORDER BY l.game_id, l.market_type, l.quoted_at;
