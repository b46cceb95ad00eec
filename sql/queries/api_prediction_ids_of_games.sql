-- api_prediction_ids_of_games.sql: which is the newest prediction of each of these games, of one model or of any of ours?
-- One row a game that has one. :game_ids; :model_name or NULL.
SELECT DISTINCT ON (p.game_id) p.game_id, p.id
FROM curated.ml_predictions AS p
WHERE p.game_id = ANY(%(game_ids)s)
    AND CASE WHEN %(model_name)s::TEXT IS NULL
        THEN p.model_name = ANY(%(game_models)s)
        ELSE p.model_name = %(model_name)s END
ORDER BY p.game_id, p.prediction_timestamp DESC, p.created_at DESC, p.id DESC;
