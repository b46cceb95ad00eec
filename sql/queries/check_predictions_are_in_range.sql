-- check_predictions_are_in_range.sql: which predictions are impossible, or stamped after their game's cutoff?
SELECT g.game_date, g.away_team, g.home_team, p.model_name, p.model_version, p.home_ml_probability,
    p.total_over_probability, p.home_spread_probability, p.prediction_timestamp
FROM curated.ml_predictions AS p
JOIN curated.resolved_games AS g ON g.id = p.game_id
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND p.model_name = ANY(%(game_models)s)
    AND (
        p.home_ml_probability NOT BETWEEN 0.02 AND 0.98
        OR p.total_over_probability NOT BETWEEN 0.02 AND 0.98
        OR p.home_spread_probability NOT BETWEEN 0.02 AND 0.98
        OR p.prediction_timestamp > p.market_close_time - %(cutoff_before_start)s
    )
ORDER BY g.game_date, g.id;
