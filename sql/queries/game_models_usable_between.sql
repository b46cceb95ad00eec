-- game_models_usable_between.sql: which models may as-of instants from first to last use?
-- One row a cutoff: its latest retrain. The newest model whose cutoff is not after first, and every later cutoff up to last.
SELECT DISTINCT ON (cutoff)
    model_version, month, cutoff, mlflow_experiment_id, mlflow_run_id, target_runs, registered_version, model_uri,
    feature_version, training_games, training_data_hash, config_hash,
    artifact_uri, file_digests, curve_season, curve_prices
FROM curated.game_models
WHERE cutoff <= %(last)s
    AND cutoff >= COALESCE(
        (SELECT MAX(cutoff) FROM curated.game_models WHERE cutoff <= %(first)s), '-infinity'::TIMESTAMPTZ
    )
ORDER BY cutoff, trained_at DESC;
