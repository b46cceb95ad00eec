-- api_prediction_ids_of_games.sql: which is the newest prediction of each of these games, of one model or of any of ours?
-- One row a game that has one. :game_ids; :model_name or NULL.
SELECT DISTINCT ON (p.game_id) p.game_id, p.id
FROM UNNEST(%(game_ids)s::INTEGER[]) AS g (id)
CROSS JOIN LATERAL curated.newest_predictions(
    g.id, CASE WHEN %(model_name)s::TEXT IS NULL THEN %(game_models)s::TEXT[] ELSE ARRAY[%(model_name)s::TEXT] END
) AS p
ORDER BY p.game_id, p.prediction_timestamp DESC, p.id DESC;
