-- api_comparisons.sql: how did forecasters do against the market on the same games, window by window?
-- One row a window, forecaster, reference and score. :model_name, :prediction_type, :model_version, :forecaster,
-- :reference or NULL each; :seasons_only keeps windows of one whole year; :limit, :offset.
SELECT
    c.model_name, c.model_version, c.prediction_type, c.evaluation_period_start, c.evaluation_period_end, c.forecaster,
    c.reference, c.score, c.games, c.forecaster_score, c.reference_score, c.difference, c.difference_se,
    c.games_needed, c.calibration_slope, c.calibration_slope_se, c.calibration_intercept, c.calibration_intercept_se,
    c.bets, c.clv_mean, c.clv_se, c.clv_slope, c.clv_slope_se
FROM curated.market_comparison AS c
WHERE (%(model_name)s::TEXT IS NULL OR c.model_name = %(model_name)s)
    AND (%(model_version)s::TEXT IS NULL OR c.model_version = %(model_version)s)
    AND (%(prediction_type)s::TEXT IS NULL OR c.prediction_type = %(prediction_type)s)
    AND (%(forecaster)s::TEXT IS NULL OR c.forecaster = %(forecaster)s)
    AND (%(reference)s::TEXT IS NULL OR c.reference = %(reference)s)
    AND (NOT %(seasons_only)s OR (
        EXTRACT(DOY FROM c.evaluation_period_start) = 1
        AND c.evaluation_period_end = (c.evaluation_period_start + INTERVAL '1 year')::DATE
    ))
ORDER BY c.evaluation_period_start DESC, c.evaluation_period_end, c.model_name, c.prediction_type, c.forecaster,
    c.reference, c.score, c.model_version
LIMIT %(limit)s OFFSET %(offset)s;
