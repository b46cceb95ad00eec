-- read_performance.sql: how forecasters compared with each other on the same games, by window.
-- One row a model, window, target, forecaster, reference and score. :from_day, :to_day  first days of windows, both included.
SELECT c.*
FROM curated.market_comparison AS c
WHERE c.evaluation_period_start BETWEEN %(from_day)s AND %(to_day)s
ORDER BY c.evaluation_period_start, c.evaluation_period_end, c.model_name, c.prediction_type, c.forecaster, c.reference;
