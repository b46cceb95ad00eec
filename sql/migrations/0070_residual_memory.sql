-- Columns of the wide feature table for what baseball makes of a close, and what teams, starters and parks add to it.
-- depends: 0037_player_features

ALTER TABLE curated.game_features
    ADD COLUMN memory_baseball_logit REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN memory_residual_logit REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN memory_residual_variance REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN memory_baseball_total REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN memory_residual_total REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN memory_residual_total_variance REAL NOT NULL DEFAULT 'NaN';

COMMENT ON COLUMN curated.game_features.memory_baseball_logit IS 'Closing home logit that past closes teach to expect from baseball features [logit].';
COMMENT ON COLUMN curated.game_features.memory_residual_logit IS 'What past closes of teams and starters added to it [logit].';
COMMENT ON COLUMN curated.game_features.memory_residual_variance IS 'Variance of that addition [logit squared].';
COMMENT ON COLUMN curated.game_features.memory_baseball_total IS 'Closing total that past closes teach to expect from baseball features [runs].';
COMMENT ON COLUMN curated.game_features.memory_residual_total IS 'What past closes of teams, starters and the park added to it, at the lineup with today''s wind and temperature [runs].';
COMMENT ON COLUMN curated.game_features.memory_residual_total_variance IS 'Variance of that addition [runs squared].';
