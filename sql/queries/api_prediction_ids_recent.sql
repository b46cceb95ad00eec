-- api_prediction_ids_recent.sql: which predictions of a model are the newest by data instant?
-- :model_name, :model_version or NULL, :since or NULL, :limit, :offset. The index by prediction_timestamp is read backwards.
SELECT p.id
FROM curated.ml_predictions AS p
WHERE p.model_name = %(model_name)s
    AND (%(model_version)s::TEXT IS NULL OR p.model_version = %(model_version)s)
    AND (%(since)s::TIMESTAMPTZ IS NULL OR p.prediction_timestamp >= %(since)s)
ORDER BY p.prediction_timestamp DESC, p.id DESC
LIMIT %(limit)s OFFSET %(offset)s;
