-- api_models.sql: which models have predicted, how much and until when? One row a model name.
SELECT
    p.model_name,
    COUNT(*) AS predictions,
    COUNT(DISTINCT p.model_version) AS versions,
    MAX(p.prediction_timestamp) AS newest_prediction,
    (ARRAY_AGG(p.model_version ORDER BY p.prediction_timestamp DESC, p.id DESC))[1] AS newest_version
FROM curated.ml_predictions AS p
GROUP BY p.model_name
ORDER BY p.model_name;
