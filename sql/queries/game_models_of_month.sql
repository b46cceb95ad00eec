-- game_models_of_month.sql: which versions were trained for a month, oldest first?
SELECT
    model_version, month, cutoff, mlflow_experiment_id, mlflow_run_id, target_runs, registered_version, model_uri,
    feature_version, training_games, training_data_hash, config_hash,
    artifact_uri, file_digests, curve_season, curve_prices
FROM curated.game_models
WHERE month = %(month)s
ORDER BY trained_at, model_version;
