-- api_prediction_ids_of_games.sql: which is the newest prediction of each of these games, of one model or of any of ours?
-- One row a game that has one. :game_ids; :model_name or NULL.
SELECT DISTINCT ON (p.game_id) p.game_id, p.id
FROM UNNEST(%(game_ids)s::INTEGER[]) AS g (id)
-- By index, one a game and model, however many decisions there were.
CROSS JOIN UNNEST(
    CASE WHEN %(model_name)s::TEXT IS NULL THEN %(game_models)s::TEXT[] ELSE ARRAY[%(model_name)s::TEXT] END
) AS m (model_name)
CROSS JOIN LATERAL (
    SELECT *
    FROM curated.ml_predictions
    WHERE game_id = g.id AND model_name = m.model_name
    ORDER BY prediction_timestamp DESC, created_at DESC, id DESC
    LIMIT 1
) AS p
ORDER BY p.game_id, p.prediction_timestamp DESC, p.created_at DESC, p.id DESC;
