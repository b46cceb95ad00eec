-- api_market_lines.sql: what did the market say of these games at each stage?
-- One row a game, stage and market; fair_probability is of home or over, given no push. :game_ids.
SELECT
    l.game_id, l.stage, l.market_type, l.book, l.books, l.home_or_over_odds, l.away_or_under_odds, l.line_value,
    l.fair_probability, l.overround, l.quoted_at, l.known_at, l.assumed, l.price_stage
FROM curated.market_lines AS l
WHERE l.game_id = ANY(%(game_ids)s)
ORDER BY l.game_id, l.market_type, l.quoted_at;
