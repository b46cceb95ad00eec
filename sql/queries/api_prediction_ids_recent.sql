-- api_prediction_ids_recent.sql: which predictions of a model are the newest by data instant?
-- :model_name, :limit, :offset. The index by prediction_timestamp is read backwards.
SELECT p.id
FROM curated.ml_predictions AS p
WHERE p.model_name = %(model_name)s
ORDER BY p.prediction_timestamp DESC, p.id DESC
LIMIT %(limit)s OFFSET %(offset)s;
