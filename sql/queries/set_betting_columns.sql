-- set_betting_columns.sql: what is bet on a prediction, in the columns of the adopted table.
UPDATE curated.ml_predictions
SET
    total_expected_value = %(total_expected_value)s,
    total_kelly_fraction = %(total_kelly_fraction)s,
    total_recommended_bet_size = %(total_recommended_bet_size)s,
    total_min_odds = %(total_min_odds)s,
    ml_expected_value = %(ml_expected_value)s,
    ml_kelly_fraction = %(ml_kelly_fraction)s,
    ml_recommended_bet_size = %(ml_recommended_bet_size)s,
    ml_min_odds = %(ml_min_odds)s,
    spread_expected_value = %(spread_expected_value)s,
    spread_kelly_fraction = %(spread_kelly_fraction)s,
    spread_recommended_bet_size = %(spread_recommended_bet_size)s,
    spread_min_odds = %(spread_min_odds)s,
    max_bet_recommendation = %(max_bet_recommendation)s,
    risk_level = %(risk_level)s,
    confidence_threshold_met = %(confidence_threshold_met)s,
    updated_at = NOW()
WHERE id = %(prediction_id)s
    AND (
        total_expected_value, ml_expected_value, spread_expected_value, total_recommended_bet_size,
        ml_recommended_bet_size, spread_recommended_bet_size, risk_level, confidence_threshold_met
    ) IS DISTINCT FROM (
        %(total_expected_value)s, %(ml_expected_value)s, %(spread_expected_value)s, %(total_recommended_bet_size)s,
        %(ml_recommended_bet_size)s, %(spread_recommended_bet_size)s, %(risk_level)s, %(confidence_threshold_met)s
    );
