-- The out-of-fold predictions of past seasons, so that a month's training fits the newest seasons only.
-- depends: 0016_champions

CREATE TABLE curated.training_folds (
    stage TEXT NOT NULL,
    season INTEGER NOT NULL,
    digest TEXT NOT NULL,
    fold BYTEA NOT NULL,
    written_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (stage, season)
);
COMMENT ON TABLE curated.training_folds IS 'Each season predicted by models fitted on earlier seasons only, kept from one training to the next. May be emptied: the next training makes them again.';
COMMENT ON COLUMN curated.training_folds.stage IS 'Stage of the decision: open or lineup.';
COMMENT ON COLUMN curated.training_folds.season IS 'The predicted season.';
COMMENT ON COLUMN curated.training_folds.digest IS 'SHA-256 (hex) of the recipe and of every training row up to the season''s last: a fold of another digest is not used.';
COMMENT ON COLUMN curated.training_folds.fold IS 'Predictions of the season''s rows and the coefficients from which the next season''s fit starts: NumPy arrays, compressed.';
COMMENT ON COLUMN curated.training_folds.written_at IS 'When the training that made the fold stored it, UTC.';
