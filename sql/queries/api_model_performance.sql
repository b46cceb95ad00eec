-- api_model_performance.sql: how did a model do in windows that reach into the last days?
-- One row a version, target and window, latest end first; difference_to_close is the paired log loss on the same games,
-- negative is better. :model_name, :model_version or NULL, :since, :prediction_type or NULL, :limit, :offset.
SELECT
    f.model_name, f.model_version, f.prediction_type, f.evaluation_period_start, f.evaluation_period_end,
    f.total_predictions, f.total_games_evaluated, f.accuracy, f.precision_score, f.recall_score, f.f1_score, f.roc_auc,
    f.log_loss, f.total_bets_made, f.winning_bets, f.losing_bets, f.push_bets, f.hit_rate, f.roi_percentage,
    f.max_drawdown_pct, f.average_closing_line_value, f.positive_clv_rate, f.sharpe_ratio,
    c.difference AS difference_to_close, c.difference_se AS difference_to_close_se, c.games AS compared_games,
    c.games_needed
FROM curated.ml_model_performance AS f
LEFT JOIN curated.market_comparison AS c
    ON c.model_name = f.model_name AND c.model_version = f.model_version AND c.prediction_type = f.prediction_type
    AND c.evaluation_period_start = f.evaluation_period_start
    AND c.evaluation_period_end = f.evaluation_period_end
    AND c.forecaster = 'anchored' AND c.reference = 'close' AND c.score = 'log_loss'
WHERE (%(model_name)s::TEXT IS NULL OR f.model_name = %(model_name)s)
    AND (%(model_version)s::TEXT IS NULL OR f.model_version = %(model_version)s)
    AND f.evaluation_period_end > %(since)s
    AND (%(prediction_type)s::TEXT IS NULL OR f.prediction_type = %(prediction_type)s)
ORDER BY f.evaluation_period_end DESC, f.evaluation_period_start, f.prediction_type, f.model_version
LIMIT %(limit)s OFFSET %(offset)s;
