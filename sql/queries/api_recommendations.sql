-- api_recommendations.sql: which price, value and stake goes with each side of these predictions, and how did it end?
-- One row a prediction, market and side. :prediction_ids.
SELECT
    r.prediction_id, r.game_id, r.stage, r.market_type, r.side, r.book, COALESCE(c.book_name, r.book) AS book_name,
    r.archive_price, r.odds, r.line_value, r.quoted_at, r.blind_probability, r.memory_probability,
    r.model_probability, r.market_probability, r.final_probability, r.probability_low, r.probability_high,
    r.push_probability, r.expected_close_probability, r.expected_value, r.minimum_odds, r.kelly_single,
    r.kelly_slate, r.kelly_fractional, r.kelly_steps, r.stake, r.no_bet_reason, r.decided_at, r.result,
    r.settlement_rule, r.profit, r.closing_book, r.closing_odds, r.closing_line, r.closing_probability,
    r.clv_expected_value, r.clv_probability, r.clv_price, r.clv_reference, r.reference_probability,
    s.operators AS reference_operators, (EXTRACT(EPOCH FROM s.age) / 60)::DOUBLE PRECISION AS reference_age_minutes,
    r.own_closing_odds, r.own_closing_line, r.own_closing_probability, r.own_clv_expected_value, r.own_close_age_minutes,
    r.no_own_close_reason
FROM (SELECT DISTINCT p.id FROM UNNEST(%(prediction_ids)s::BIGINT[]) AS p (id)) AS p
-- Fences: where many rows are expected all recommendations are read. The view is two parts, which a join reads whole.
CROSS JOIN LATERAL (SELECT * FROM curated.ml_recommendations WHERE prediction_id = p.id OFFSET 0) AS r
CROSS JOIN LATERAL (SELECT * FROM curated.resolved_games WHERE id = r.game_id OFFSET 0) AS g
LEFT JOIN LATERAL (
    SELECT k.book_name
    FROM staging.book_catalogue AS k
    WHERE k.source || ':' || k.book_id = r.book
        AND g.game_date BETWEEN k.valid_from AND k.valid_to
    LIMIT 1
) AS c ON TRUE
LEFT JOIN LATERAL (
    SELECT e.operators, e.age
    FROM curated.reference_closes AS e
    WHERE e.game_id = r.game_id AND e.market_type = r.market_type
    OFFSET 0
) AS s ON r.reference_probability IS NOT NULL
ORDER BY r.prediction_id, r.market_type, r.side;
