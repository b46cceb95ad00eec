-- newest_predictions.sql: what was forecast last for each game and stage of the days, and may its bets still change?
-- One row a game and stage. frozen: the cutoff, an hour before the scheduled start, has passed.
-- :first, :last official dates, half open; :now the present.
SELECT
    p.id AS prediction_id,
    p.game_id,
    CASE p.model_name WHEN %(open_model)s THEN 'open' ELSE 'lineup' END AS stage,
    g.game_date,
    g.season,
    g.season_type,
    d.scheduled_innings,
    v.feature_cutoff_time AS as_of,
    p.market_close_time AS start,
    p.prediction_explanation AS explanation,
    p.market_close_time - %(cutoff_before_start)s <= %(now)s AS frozen,
    EXISTS (SELECT 1 FROM curated.ml_recommendations AS r WHERE r.prediction_id = p.id) AS recommended
FROM curated.resolved_games AS g
CROSS JOIN LATERAL curated.newest_predictions(g.id, %(game_models)s::TEXT[]) AS p
JOIN curated.game_details AS d ON d.game_id = g.id
JOIN curated.ml_feature_vectors AS v ON v.id = p.feature_vector_id
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
ORDER BY p.game_id, p.model_name;
