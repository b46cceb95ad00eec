-- record_game_model.sql: remember a trained month.
INSERT INTO curated.game_models (
    model_version, month, cutoff, mlflow_experiment_id, mlflow_run_id, target_runs, registered_version, model_uri,
    feature_version, training_games, training_data_hash, config_hash, artifact_uri, file_digests,
    curve_season, curve_prices
)
VALUES (
    %(model_version)s, %(month)s, %(cutoff)s, %(mlflow_experiment_id)s, %(mlflow_run_id)s, %(target_runs)s,
    %(registered_version)s, %(model_uri)s, %(feature_version)s, %(training_games)s, %(training_data_hash)s,
    %(config_hash)s, %(artifact_uri)s, %(file_digests)s, %(curve_season)s, %(curve_prices)s
);
