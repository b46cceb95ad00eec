-- performance_by_mlflow_run.sql: what do the performance tables say of each model month, for the run of its target?
-- One row per MLflow run and metric; a month's own window and the lineup stage, the stage that bets last.
WITH months AS (
    SELECT m.model_version, m.month, r.key AS prediction_type, r.value AS run_id
    FROM curated.game_models AS m
    CROSS JOIN LATERAL jsonb_each_text(m.target_runs) AS r
),
scored AS (
    SELECT months.run_id, p.log_loss, p.accuracy, p.roi_percentage, c.difference, c.difference_se, c.clv_mean
    FROM months
    JOIN curated.ml_model_performance AS p
        ON p.model_version = months.model_version
        AND p.prediction_type = months.prediction_type
        AND p.evaluation_period_start = months.month
        AND p.evaluation_period_end = (months.month + INTERVAL '1 month')::DATE
        AND p.model_name = %(lineup_model)s
    LEFT JOIN curated.market_comparison AS c
        ON c.model_name = p.model_name
        AND c.model_version = p.model_version
        AND c.prediction_type = p.prediction_type
        AND c.evaluation_period_start = p.evaluation_period_start
        AND c.evaluation_period_end = p.evaluation_period_end
        AND c.forecaster = 'anchored'
        AND c.reference = 'close'
        AND c.score = 'log_loss'
)
SELECT s.run_id, v.name, v.value
FROM scored AS s
CROSS JOIN LATERAL (
    VALUES
        ('log_loss', s.log_loss::DOUBLE PRECISION),
        ('accuracy', s.accuracy::DOUBLE PRECISION),
        ('roi_percentage', s.roi_percentage::DOUBLE PRECISION),
        ('paired_log_loss_to_close', s.difference),
        ('paired_log_loss_to_close_se', s.difference_se),
        ('clv_mean', s.clv_mean)
) AS v (name, value)
WHERE v.value IS NOT NULL
ORDER BY s.run_id, v.name;
