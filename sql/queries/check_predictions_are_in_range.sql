-- check_predictions_are_in_range.sql: which predictions are impossible, or stamped after their game's cutoff?
-- The conditions are those of the index ml_predictions_out_of_range, to the letter: it holds such predictions alone, where
-- else every decision of the day would be read after each price.
SELECT g.game_date, g.away_team, g.home_team, p.model_name, p.model_version, p.home_ml_probability,
    p.total_over_probability, p.home_spread_probability, p.prediction_timestamp
FROM curated.resolved_games AS g
CROSS JOIN LATERAL (
    SELECT *
    FROM curated.ml_predictions
    WHERE game_id = g.id AND model_name = ANY(%(game_models)s)
        AND (
            home_ml_probability NOT BETWEEN 0.02 AND 0.98
            OR total_over_probability NOT BETWEEN 0.02 AND 0.98
            OR home_spread_probability NOT BETWEEN 0.02 AND 0.98
            OR market_close_time - prediction_timestamp < INTERVAL '1 hour'
        )
    OFFSET 0
) AS p
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
ORDER BY g.game_date, g.id;
