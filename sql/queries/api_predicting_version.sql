-- api_predicting_version.sql: the newest version of a model that has predicted, or the named one; at most one row.
-- For models of other programs, whose training is not recorded. :model_name, :model_version or NULL.
SELECT
    p.model_version, MIN(p.created_at) AS created_at, COUNT(*) AS predictions, MAX(p.feature_version) AS feature_version
FROM curated.ml_predictions AS p
WHERE p.model_name = %(model_name)s
    AND (%(model_version)s::TEXT IS NULL OR p.model_version = %(model_version)s)
GROUP BY p.model_version
ORDER BY MAX(p.prediction_timestamp) DESC
LIMIT 1;
