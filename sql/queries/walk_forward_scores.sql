-- walk_forward_scores.sql: how did the walk-forward series do against the market, season by season, before :month?
-- One row a target, season, forecaster and reference; seasons that ended before the month, stage lineup.
SELECT c.prediction_type, EXTRACT(YEAR FROM c.evaluation_period_start)::INTEGER AS season, c.forecaster, c.reference,
    c.score, c.difference, c.difference_se
FROM curated.market_comparison AS c
WHERE c.model_name = %(lineup_model)s
    AND c.model_version = 'walk-forward'
    AND c.evaluation_period_end <= %(month)s
    AND EXTRACT(DOY FROM c.evaluation_period_start) = 1
    AND c.evaluation_period_end = (c.evaluation_period_start + INTERVAL '1 year')::DATE
ORDER BY 1, 2, 3, 4, 5;
