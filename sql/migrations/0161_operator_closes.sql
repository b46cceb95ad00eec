-- Where each operator closed: a bet's value at the close of its own book, beside that of all books and of the sharp ones.
-- depends: 0125_reference_closes

CREATE TABLE curated.operator_closes (
    game_id INTEGER NOT NULL REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    market_type VARCHAR(20) NOT NULL CHECK (market_type IN ('moneyline', 'spread', 'total')),
    operator VARCHAR(100) NOT NULL,
    book VARCHAR(100) NOT NULL,
    home_or_over_odds INTEGER,
    away_or_under_odds INTEGER,
    line_value NUMERIC(4, 1),
    fair_probability DOUBLE PRECISION CHECK (fair_probability > 0 AND fair_probability < 1),
    quoted_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ,
    age INTERVAL CHECK (age >= INTERVAL '0'),
    reason VARCHAR(60),
    CHECK ((fair_probability IS NULL) = (reason IS NOT NULL)),
    CHECK ((home_or_over_odds IS NULL) = (reason IS NOT NULL) AND (away_or_under_odds IS NULL) = (reason IS NOT NULL)),
    CHECK ((line_value IS NULL) = (market_type = 'moneyline' OR reason IS NOT NULL)),
    PRIMARY KEY (game_id, market_type, operator)
);
COMMENT ON TABLE curated.operator_closes IS 'Where each operator closed, by the rule of curated.market_lines: its last price before first pitch, if its market was last seen at most 15 minutes before; else, once the game began, the reason for none.';
COMMENT ON COLUMN curated.operator_closes.game_id IS 'Our id of the game.';
COMMENT ON COLUMN curated.operator_closes.market_type IS 'Market: moneyline, spread or total.';
COMMENT ON COLUMN curated.operator_closes.operator IS 'Operator, in lower case; of an archive its feed and book, which are one source for open and close.';
COMMENT ON COLUMN curated.operator_closes.book IS 'Book, with its source, of the price; of several of one operator the one that was seen last.';
COMMENT ON COLUMN curated.operator_closes.home_or_over_odds IS 'American odds of home or over; NULL without a close.';
COMMENT ON COLUMN curated.operator_closes.away_or_under_odds IS 'American odds of away or under; NULL without a close.';
COMMENT ON COLUMN curated.operator_closes.line_value IS 'Total, or run line of the home side; NULL for a moneyline and without a close.';
COMMENT ON COLUMN curated.operator_closes.fair_probability IS 'No-vig (Shin) probability of home or over at that line, given no push; NULL without a close.';
COMMENT ON COLUMN curated.operator_closes.quoted_at IS 'Stamp (UTC) of the later of the two sides.';
COMMENT ON COLUMN curated.operator_closes.seen_at IS 'Instant (UTC) at which the market was last seen before first pitch; NULL for an archive.';
COMMENT ON COLUMN curated.operator_closes.age IS 'First pitch minus seen_at: at most 15 minutes for a close; NULL for an archive.';
COMMENT ON COLUMN curated.operator_closes.reason IS 'Why there is no close: not seen in time, pulled, suspended, one side only, impossible price, no line, sides at different lines, or implausible margin; NULL for a close.';

COMMENT ON COLUMN curated.missing_closes.reason IS 'Why it has no close: not seen in time, pulled, suspended, one side only, impossible price, no line, sides at different lines, or implausible margin.';

ALTER TABLE curated.ml_recommendations
    ADD COLUMN own_closing_odds INTEGER,
    ADD COLUMN own_closing_line NUMERIC(4, 1),
    ADD COLUMN own_closing_probability DOUBLE PRECISION,
    ADD COLUMN own_clv_expected_value DOUBLE PRECISION,
    ADD COLUMN own_close_age_minutes DOUBLE PRECISION,
    ADD COLUMN no_own_close_reason VARCHAR(60);
COMMENT ON COLUMN curated.ml_recommendations.own_closing_odds IS 'American odds of the side at the close of the operator whose price was taken (curated.operator_closes); NULL without one.';
COMMENT ON COLUMN curated.ml_recommendations.own_closing_line IS 'The side''s own line at that close; NULL for a moneyline and without a close.';
COMMENT ON COLUMN curated.ml_recommendations.own_closing_probability IS 'No-vig probability of the side at the bet''s own line at the close of the operator whose price was taken, given no push; NULL without one.';
COMMENT ON COLUMN curated.ml_recommendations.own_clv_expected_value IS 'Expected value per unit of the taken price at that close, pushes included; NULL without one.';
COMMENT ON COLUMN curated.ml_recommendations.own_close_age_minutes IS 'First pitch minus when that operator''s market was last seen before it, minutes, also where this is too old for a close; NULL for an archive.';
COMMENT ON COLUMN curated.ml_recommendations.no_own_close_reason IS 'Why the operator whose price was taken has no close, as in curated.operator_closes, or: not recorded. NULL with a close, without a price, and before the game.';
