-- game_model_of_version.sql: the trained month of one model version.
SELECT
    model_version, month, cutoff, mlflow_experiment_id, mlflow_run_id, target_runs, registered_version, model_uri,
    feature_version, training_games, training_data_hash, config_hash,
    artifact_uri, file_digests, curve_season, curve_prices
FROM curated.game_models
WHERE model_version = %(model_version)s;
