-- check_forecasts_are_calibrated.sql: whose probabilities are too bold, too shy or too high over the season so far?
-- The final forecasts of season windows that the days touch, from 500 games on: slope 1 and intercept 0 within three
-- standard errors.
SELECT c.model_name, c.prediction_type, c.evaluation_period_start, c.games, c.calibration_slope,
    c.calibration_slope_se, c.calibration_intercept, c.calibration_intercept_se
FROM curated.market_comparison AS c
WHERE c.reference = 'close'
    AND c.forecaster = 'anchored'
    AND c.model_version = 'walk-forward'
    AND EXTRACT(DOY FROM c.evaluation_period_start) = 1
    AND c.evaluation_period_start < %(last)s AND c.evaluation_period_end > %(first)s
    AND c.games >= 500
    AND (
        ABS(c.calibration_slope - 1) > 3 * c.calibration_slope_se
        OR ABS(c.calibration_intercept) > 3 * c.calibration_intercept_se
    )
ORDER BY c.model_name, c.prediction_type;
