-- A second close of each market, of the books that MLB_ML_SHARP_BOOKS names, and which close a bet's closing line value is
-- measured at.
-- depends: 0049_quote_history

CREATE TABLE curated.reference_closes (
    game_id INTEGER NOT NULL REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    market_type VARCHAR(20) NOT NULL CHECK (market_type IN ('moneyline', 'spread', 'total')),
    operators TEXT[] NOT NULL CHECK (CARDINALITY(operators) >= 1),
    book VARCHAR(100) NOT NULL,
    home_or_over_odds INTEGER NOT NULL,
    away_or_under_odds INTEGER NOT NULL,
    line_value NUMERIC(4, 1),
    fair_probability DOUBLE PRECISION NOT NULL CHECK (fair_probability > 0 AND fair_probability < 1),
    quoted_at TIMESTAMPTZ NOT NULL,
    seen_at TIMESTAMPTZ,
    age INTERVAL CHECK (age >= INTERVAL '0'),
    CHECK ((market_type = 'moneyline') = (line_value IS NULL)),
    PRIMARY KEY (game_id, market_type)
);
COMMENT ON TABLE curated.reference_closes IS 'Where the books of MLB_ML_SHARP_BOOKS closed: their consensus beside the close of all books in curated.market_lines, by the same rule. Empty where the setting is.';
COMMENT ON COLUMN curated.reference_closes.game_id IS 'Our id of the game.';
COMMENT ON COLUMN curated.reference_closes.market_type IS 'Market: moneyline, spread or total.';
COMMENT ON COLUMN curated.reference_closes.operators IS 'Operators whose closing prices are in the consensus, in lower case and alphabetical order.';
COMMENT ON COLUMN curated.reference_closes.book IS 'Book, with its source, whose price is nearest to the consensus.';
COMMENT ON COLUMN curated.reference_closes.home_or_over_odds IS 'American odds of home or over at that book.';
COMMENT ON COLUMN curated.reference_closes.away_or_under_odds IS 'American odds of away or under at that book.';
COMMENT ON COLUMN curated.reference_closes.line_value IS 'The line that most of the operators quote: total, or run line of the home side; NULL for a moneyline.';
COMMENT ON COLUMN curated.reference_closes.fair_probability IS 'Median no-vig (Shin) probability of home or over at that line, given no push.';
COMMENT ON COLUMN curated.reference_closes.quoted_at IS 'Stamp (UTC) of the nearest book''s price.';
COMMENT ON COLUMN curated.reference_closes.seen_at IS 'Instant (UTC) at which the market of the book that was seen least recently was last seen before first pitch; NULL where all are logs, whose prices hold until they change.';
COMMENT ON COLUMN curated.reference_closes.age IS 'First pitch minus seen_at: at most 15 minutes.';

ALTER TABLE curated.ml_recommendations
    ADD COLUMN clv_reference VARCHAR(6) CHECK (clv_reference IN ('sharp', 'market')),
    ADD COLUMN reference_probability DOUBLE PRECISION;
COMMENT ON COLUMN curated.ml_recommendations.clv_reference IS 'The close that the clv_ columns are measured at: sharp (curated.reference_closes), or market (the close of all books). NULL without a close.';
COMMENT ON COLUMN curated.ml_recommendations.reference_probability IS 'No-vig probability of the side at its own line at the sharp close, given no push; NULL without one. closing_probability is that of the close of all books.';
UPDATE curated.ml_recommendations SET clv_reference = 'market' WHERE clv_expected_value IS NOT NULL;
