-- Where a month's model lies, so that pricing a day does not have to import and ask MLflow (5 s) when it is a local folder.
-- depends: 0002_pipeline_tables

ALTER TABLE curated.game_models ADD COLUMN artifact_uri TEXT;
COMMENT ON COLUMN curated.game_models.artifact_uri IS 'Artifact location of the logged model; model_uri is its name in MLflow.';
