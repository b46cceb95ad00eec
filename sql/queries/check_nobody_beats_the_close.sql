-- check_nobody_beats_the_close.sql: which series scores better than the close by more than luck allows?
-- Ours and the market's, not forecasts of others. Windows of at least 200 games that touch the days; three standard errors, one window in 700.
SELECT c.model_name, c.model_version, c.prediction_type, c.evaluation_period_start, c.evaluation_period_end,
    c.forecaster, c.games, c.difference, c.difference_se
FROM curated.market_comparison AS c
WHERE c.reference = 'close'
    AND c.evaluation_period_start < %(last)s AND c.evaluation_period_end > %(first)s
    AND c.games >= 200
    AND NOT EXISTS (SELECT FROM curated.outside_forecasts AS o WHERE o.forecaster = c.forecaster)
    AND c.difference < -3 * c.difference_se
ORDER BY c.difference / c.difference_se;
