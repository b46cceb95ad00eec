-- Forecasts of other people and programs, scored beside ours on the same games.
-- depends: 0019_column_comments

CREATE TABLE curated.outside_forecasts (
    forecaster VARCHAR(20) NOT NULL,
    game_id INTEGER NOT NULL REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    made_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    home_win DOUBLE PRECISION CHECK (home_win > 0 AND home_win < 1),
    over DOUBLE PRECISION CHECK (over > 0 AND over < 1),
    total_line NUMERIC(4, 1),
    cover DOUBLE PRECISION CHECK (cover > 0 AND cover < 1),
    spread_line NUMERIC(4, 1),
    imported_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (forecaster, game_id, made_at),
    CHECK (COALESCE(home_win, over, cover) IS NOT NULL)
);
CREATE INDEX outside_forecasts_by_game ON curated.outside_forecasts (game_id);
COMMENT ON TABLE curated.outside_forecasts IS 'Forecasts of other people and programs, as imported. One counts for a decision if it was made by the decision time; of several of one forecaster the newest of these.';
COMMENT ON COLUMN curated.outside_forecasts.forecaster IS 'Who made the forecast; the name beside ours in comparisons.';
COMMENT ON COLUMN curated.outside_forecasts.game_id IS 'Our id of the game.';
COMMENT ON COLUMN curated.outside_forecasts.made_at IS 'Instant (UTC) at which the forecast was made, as its file states it.';
COMMENT ON COLUMN curated.outside_forecasts.assumed IS 'Whether made_at was set by a rule because the file has no instants.';
COMMENT ON COLUMN curated.outside_forecasts.home_win IS 'Probability of a home win; NULL where not forecast.';
COMMENT ON COLUMN curated.outside_forecasts.over IS 'Probability of over given no push; NULL where not forecast.';
COMMENT ON COLUMN curated.outside_forecasts.total_line IS 'Total that over is about; NULL for the market''s total at the decision.';
COMMENT ON COLUMN curated.outside_forecasts.cover IS 'Probability that the home side covers given no push; NULL where not forecast.';
COMMENT ON COLUMN curated.outside_forecasts.spread_line IS 'Home run line that cover is about; NULL for home -1.5.';
COMMENT ON COLUMN curated.outside_forecasts.imported_at IS 'Instant (UTC) of the first import of the row.';
