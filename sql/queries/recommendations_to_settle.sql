-- recommendations_to_settle.sql: which recommendations of the days had a price, and what became of their games?
-- One row a prediction, market and side, with the game's result so far; half-open range of official dates.
SELECT
    r.prediction_id,
    r.game_id,
    r.stage,
    r.market_type,
    r.side,
    r.book,
    COALESCE(c.parent_book, CASE WHEN r.archive_price THEN 'archive' ELSE r.book END) AS operator,
    r.archive_price,
    r.odds,
    r.line_value::DOUBLE PRECISION AS line_value,
    r.stake,
    r.home_starter_id AS listed_home_starter_id,
    r.away_starter_id AS listed_away_starter_id,
    r.result AS settled_result,
    r.settlement_rule AS settled_rule,
    r.profit AS settled_profit,
    r.clv_expected_value AS settled_clv,
    r.closing_probability AS settled_closing_probability,
    h.home_score AS settled_home_score,
    h.away_score AS settled_away_score,
    g.game_date,
    g.game_datetime AS scheduled_start,
    g.game_status AS status,
    g.season_type,
    g.home_score,
    g.away_score,
    d.innings,
    d.scheduled_innings,
    d.suspended,
    d.home_bats_first,
    d.first_pitch,
    d.home_starter_id,
    d.away_starter_id
FROM curated.ml_recommendations AS r
JOIN curated.enhanced_games AS g ON g.id = r.game_id
JOIN curated.game_details AS d ON d.game_id = r.game_id
LEFT JOIN staging.book_catalogue AS c
    ON c.source || ':' || c.book_id = r.book AND g.game_date BETWEEN c.valid_from AND c.valid_to
LEFT JOIN LATERAL (
    SELECT s.home_score, s.away_score
    FROM curated.settlement_history AS s
    WHERE s.prediction_id = r.prediction_id AND s.market_type = r.market_type AND s.side = r.side
    ORDER BY s.settled_at DESC
    LIMIT 1
) AS h ON TRUE
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
ORDER BY g.game_date, r.game_id, r.prediction_id, r.market_type, r.side;
