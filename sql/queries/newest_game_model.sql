-- newest_game_model.sql: which trained model is the challenger: the latest version of the latest month?
-- One row, or none before the first training.
SELECT
    model_version, month, cutoff, mlflow_experiment_id, mlflow_run_id, target_runs, registered_version, model_uri,
    feature_version, training_games, training_data_hash, config_hash,
    artifact_uri, file_digests, curve_season, curve_prices
FROM curated.game_models
ORDER BY month DESC, trained_at DESC
LIMIT 1;
