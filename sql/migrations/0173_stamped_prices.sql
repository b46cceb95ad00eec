-- Past prices at fixed hours before first pitch: what an anchor learns its curve of time from; and which season's curve a
-- trained month uses.
-- depends: 0131_quotes_of_their_months

CREATE TABLE curated.stamped_prices (
    game_id INTEGER NOT NULL REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    market_type VARCHAR(20) NOT NULL CHECK (market_type IN ('moneyline', 'total')),
    hours_to_start SMALLINT NOT NULL CHECK (hours_to_start >= 0),
    book VARCHAR(100) NOT NULL,
    line_value NUMERIC(4, 1),
    fair_probability DOUBLE PRECISION NOT NULL CHECK (fair_probability > 0 AND fair_probability < 1),
    quoted_at TIMESTAMPTZ NOT NULL,
    CHECK ((market_type = 'moneyline') = (line_value IS NULL)),
    PRIMARY KEY (game_id, market_type, hours_to_start)
);
COMMENT ON TABLE curated.stamped_prices IS 'Prices of an archive''s log of changes at fixed hours before the scheduled start and at first pitch, of one book a game and market. Logs that end more than an hour before first pitch are left out: their last price is no close.';
COMMENT ON COLUMN curated.stamped_prices.game_id IS 'Our id of the game.';
COMMENT ON COLUMN curated.stamped_prices.market_type IS 'Market: moneyline or total.';
COMMENT ON COLUMN curated.stamped_prices.hours_to_start IS 'Hours before the scheduled start at which the price was in effect; 0: the last price before first pitch, this book''s close.';
COMMENT ON COLUMN curated.stamped_prices.book IS 'Book with its feed, the same at all hours.';
COMMENT ON COLUMN curated.stamped_prices.line_value IS 'Total line in runs; NULL for a moneyline.';
COMMENT ON COLUMN curated.stamped_prices.fair_probability IS 'No-vig (Shin) probability of home or over at that line, given no push.';
COMMENT ON COLUMN curated.stamped_prices.quoted_at IS 'Instant (UTC) of the change that was in effect: at or before that hour.';

ALTER TABLE curated.game_models
    ADD COLUMN curve_season INTEGER,
    ADD COLUMN curve_prices INTEGER CHECK (curve_prices > 0),
    ADD CHECK ((curve_season IS NULL) = (curve_prices IS NULL));
COMMENT ON COLUMN curated.game_models.curve_season IS 'Latest season with enough stamped prices that the anchor''s weight by hours to first pitch was learned from; NULL where there was none before the cutoff: the weight falls as if news came at an even rate.';
COMMENT ON COLUMN curated.game_models.curve_prices IS 'Stamped moneylines of that season between opening and first pitch.';
