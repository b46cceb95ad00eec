-- api_newest_windows.sql: how did each model version do in its newest window that reaches into the last days?
-- One row per model, version and target, with every numeric column of curated.ml_model_performance. win_rate in percent.
-- :since, :prediction_type or NULL.
SELECT DISTINCT ON (f.model_name, f.model_version, f.prediction_type)
    f.model_name, f.model_version, f.prediction_type, f.evaluation_period_start, f.evaluation_period_end,
    f.total_predictions, f.total_games_evaluated, f.accuracy, f.precision_score, f.recall_score, f.f1_score, f.roc_auc,
    f.log_loss, f.total_bets_made, f.winning_bets, f.losing_bets, f.push_bets, f.hit_rate, f.total_amount_wagered,
    f.total_amount_won, f.net_profit_loss, f.roi_percentage, f.sharpe_ratio, f.sortino_ratio, f.max_drawdown_amount,
    f.max_drawdown_pct, f.kelly_theoretical_roi, f.kelly_actual_roi, f.kelly_sizing_effectiveness, f.average_bet_size,
    f.median_bet_size, f.largest_bet_size, f.smallest_bet_size, f.average_closing_line_value, f.positive_clv_rate,
    f.average_hold_percentage, f.confidence_accuracy_correlation, f.overconfidence_bias, f.feature_stability_score,
    f.benchmark_accuracy, f.benchmark_roi, f.statistical_significance,
    ROUND(100.0 * f.winning_bets / NULLIF(f.winning_bets + f.losing_bets, 0), 2) AS win_rate
FROM curated.ml_model_performance AS f
WHERE f.evaluation_period_end > %(since)s
    AND (%(prediction_type)s::TEXT IS NULL OR f.prediction_type = %(prediction_type)s)
ORDER BY f.model_name, f.model_version, f.prediction_type, f.evaluation_period_end DESC, f.evaluation_period_start DESC;
