-- api_model_versions.sql: which trained months are there, newest first?
-- One row a version; predictions counts those of one model name. :model_name, :limit, :offset.
SELECT
    m.model_version, m.month, m.cutoff, m.mlflow_experiment_id, m.mlflow_run_id, m.registered_version,
    m.feature_version, m.training_games, m.curve_season, m.curve_prices, m.trained_at, COALESCE(p.predictions, 0) AS predictions
FROM curated.game_models AS m
LEFT JOIN (
    SELECT q.model_version, COUNT(*) AS predictions
    FROM curated.ml_predictions AS q
    WHERE q.model_name = %(model_name)s
    GROUP BY q.model_version
) AS p USING (model_version)
ORDER BY m.cutoff DESC, m.trained_at DESC, m.model_version DESC
LIMIT %(limit)s OFFSET %(offset)s;
