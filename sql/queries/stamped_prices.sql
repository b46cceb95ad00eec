-- stamped_prices.sql: what did archives quote at fixed hours before first pitch, as far as it was known at an instant?
-- One row a game, market and hour. %(known_before)s  an instant.
SELECT s.game_id, s.market_type, s.hours_to_start, s.line_value::DOUBLE PRECISION AS line_value, s.fair_probability
FROM curated.stamped_prices AS s
WHERE s.quoted_at <= %(known_before)s
ORDER BY s.game_id, s.market_type, s.hours_to_start;
