-- Market memory stands beside the sweep's state in a checkpoint, so that a day starts from both.
-- depends: 0009_game_features

ALTER TABLE curated.feature_checkpoints ADD COLUMN memory BYTEA;
COMMENT ON COLUMN curated.feature_checkpoints.memory IS 'Filters of market memory after the closes that entered by the same morning: JSON, zlib.';
