-- api_prediction_ids_of_day.sql: which is the newest prediction of each game of a day, of one model or of any of ours?
-- One row a game, by start; total counts the rows before :limit and :offset.
-- :day official date; :model_name or NULL; :min_confidence or NULL, reached by the surest of the three targets.
WITH newest AS (
    SELECT DISTINCT ON (p.game_id)
        p.id, g.game_datetime, g.game_number, g.id AS game_id,
        GREATEST(p.home_ml_confidence, p.total_over_confidence, p.home_spread_confidence) AS confidence
    FROM curated.resolved_games AS g
    CROSS JOIN LATERAL curated.newest_predictions(
        g.id, CASE WHEN %(model_name)s::TEXT IS NULL THEN %(game_models)s::TEXT[] ELSE ARRAY[%(model_name)s::TEXT] END
    ) AS p
    WHERE g.game_date = %(day)s
    ORDER BY p.game_id, p.prediction_timestamp DESC, p.id DESC
)
SELECT n.id, COUNT(*) OVER () AS total
FROM newest AS n
WHERE %(min_confidence)s::NUMERIC IS NULL OR n.confidence >= %(min_confidence)s::NUMERIC
ORDER BY n.game_datetime, n.game_number, n.game_id
LIMIT %(limit)s OFFSET %(offset)s;
