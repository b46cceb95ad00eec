-- champions.sql: which model was champion, and from when on?
-- One row a promotion or rollback, oldest first; a period ends where the next one begins.
SELECT
    c.since, c.reason, m.model_version, m.month, m.cutoff, m.mlflow_experiment_id, m.mlflow_run_id, m.target_runs,
    m.registered_version, m.model_uri, m.feature_version, m.training_games, m.training_data_hash, m.config_hash,
    m.artifact_uri, m.file_digests, m.curve_season, m.curve_prices
FROM curated.champions AS c
JOIN curated.game_models AS m USING (model_version)
ORDER BY c.since;
