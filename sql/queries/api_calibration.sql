-- api_calibration.sql: how does the observed share of games compare with the predicted probability?
-- Final probabilities and the close in bins of .025, as scored. One row per forecaster and bin.
-- :model_name; :market one of moneyline, total, spread; :from_day, :to_day half open.
SELECT
    c.forecaster,
    c.bin,
    SUM(c.games)::INTEGER AS games,
    SUM(c.probability_sum) / SUM(c.games) AS mean_probability,
    SUM(c.came_true)::DOUBLE PRECISION / SUM(c.games) AS share_true
FROM curated.calibration_counts AS c
WHERE c.model_name = %(model_name)s
    AND c.market_type = %(market)s
    AND c.game_date >= %(from_day)s AND c.game_date < %(to_day)s
GROUP BY c.forecaster, c.bin
ORDER BY c.forecaster, c.bin;
