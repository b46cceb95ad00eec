-- settle_recommendation.sql: what became of a recommendation, and where its market closed.
UPDATE curated.ml_recommendations
SET
    result = %(result)s,
    settlement_rule = %(settlement_rule)s,
    profit = %(profit)s,
    settled_at = CASE WHEN %(result)s::VARCHAR IS NULL THEN NULL ELSE NOW() END,
    closing_book = %(closing_book)s,
    closing_odds = %(closing_odds)s,
    closing_line = %(closing_line)s,
    closing_probability = %(closing_probability)s,
    clv_expected_value = %(clv_expected_value)s,
    clv_probability = %(clv_probability)s,
    clv_price = %(clv_price)s
WHERE prediction_id = %(prediction_id)s AND market_type = %(market_type)s AND side = %(side)s;
