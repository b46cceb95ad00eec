-- Who was champion since when: MLflow's alias, told to the pipeline, which prices a day without asking MLflow.
-- depends: 0014_model_artifacts

CREATE TABLE curated.champions (
    since TIMESTAMPTZ PRIMARY KEY DEFAULT clock_timestamp(),
    model_version VARCHAR(20) NOT NULL REFERENCES curated.game_models (model_version),
    reason TEXT NOT NULL
);
COMMENT ON TABLE curated.champions IS 'The newest row is the champion. Today and later are priced with it; past days with the model of their month.';
