-- api_leaderboard.sql: whose probabilities were best against the close on the same games?
-- One row a model, target and forecaster over its walk-forward windows of whole seasons, pooled by games; negative is
-- better. Rows without a standard error in a window have none pooled. :prediction_type or NULL, :limit, :offset.
SELECT
    c.model_name, c.prediction_type, c.forecaster, c.score,
    MIN(c.evaluation_period_start) AS evaluation_period_start,
    MAX(c.evaluation_period_end) AS evaluation_period_end,
    COUNT(*) AS windows,
    SUM(c.games) AS games,
    SUM(c.games * c.forecaster_score) / SUM(c.games) AS forecaster_score,
    SUM(c.games * c.reference_score) / SUM(c.games) AS close_score,
    SUM(c.games * c.difference) / SUM(c.games) AS difference_to_close,
    CASE WHEN COUNT(c.difference_se) = COUNT(*)
        THEN SQRT(SUM((c.games * c.difference_se) ^ 2)) / SUM(c.games) END AS difference_to_close_se,
    SUM(c.bets) AS bets,
    SUM(c.bets * c.clv_mean) / NULLIF(SUM(c.bets) FILTER (WHERE c.clv_mean IS NOT NULL), 0) AS clv_mean
FROM curated.market_comparison AS c
WHERE c.model_version = 'walk-forward'
    AND c.reference = 'close'
    AND EXTRACT(DOY FROM c.evaluation_period_start) = 1
    AND c.evaluation_period_end = (c.evaluation_period_start + INTERVAL '1 year')::DATE
    AND (%(prediction_type)s::TEXT IS NULL OR c.prediction_type = %(prediction_type)s)
GROUP BY c.model_name, c.prediction_type, c.forecaster, c.score
ORDER BY c.prediction_type, c.score DESC, difference_to_close, c.model_name, c.forecaster
LIMIT %(limit)s OFFSET %(offset)s;
