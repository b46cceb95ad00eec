-- read_predictions.sql: the stored predictions of the games of a range of days.
-- One row a prediction; of several of one game and model every one. :from_day, :to_day  official dates, both included;
-- :as_of or NULL: only predictions made by then.
SELECT
    p.id AS prediction_id, p.game_id, g.game_date, p.model_name, p.model_version, p.prediction_timestamp,
    p.home_ml_probability::DOUBLE PRECISION AS home_ml_probability,
    p.total_over_probability::DOUBLE PRECISION AS total_over_probability,
    p.home_spread_probability::DOUBLE PRECISION AS home_spread_probability,
    p.market_close_time, p.feature_version, p.run_id AS mlflow_run_id
FROM curated.ml_predictions AS p
JOIN curated.enhanced_games AS g ON g.id = p.game_id
WHERE g.game_date BETWEEN %(from_day)s AND %(to_day)s
    AND (%(as_of)s::TIMESTAMPTZ IS NULL OR p.prediction_timestamp <= %(as_of)s)
ORDER BY g.game_date, p.game_id, p.prediction_timestamp, p.model_name;
