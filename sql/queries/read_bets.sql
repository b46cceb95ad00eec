-- read_bets.sql: every side that was judged for a stake, its stake, its result and its closing line value.
-- One row a prediction, market and side. :from_day, :to_day  official dates, both included; :as_of or NULL: only
-- decisions made by then; :staked: only sides with a stake.
SELECT
    r.prediction_id, r.game_id, g.game_date, r.stage, r.market_type, r.side, r.book, r.archive_price, r.odds,
    r.line_value::DOUBLE PRECISION AS line_value, r.quoted_at, r.blind_probability, r.memory_probability,
    r.market_probability, r.final_probability, r.push_probability, r.expected_value, r.stake, r.no_bet_reason,
    r.decided_at, r.result, r.profit, r.settled_at, r.closing_book, r.closing_odds,
    r.closing_line::DOUBLE PRECISION AS closing_line, r.closing_probability, r.clv_expected_value,
    r.clv_reference, r.reference_probability, r.own_closing_odds, r.own_closing_line::DOUBLE PRECISION AS own_closing_line,
    r.own_closing_probability, r.own_clv_expected_value, r.own_close_age_minutes, r.no_own_close_reason
FROM curated.ml_recommendations AS r
JOIN curated.enhanced_games AS g ON g.id = r.game_id
WHERE g.game_date BETWEEN %(from_day)s AND %(to_day)s
    AND (%(as_of)s::TIMESTAMPTZ IS NULL OR r.decided_at <= %(as_of)s)
    AND (NOT %(staked)s OR r.stake > 0)
ORDER BY g.game_date, r.game_id, r.decided_at, r.market_type, r.side;
