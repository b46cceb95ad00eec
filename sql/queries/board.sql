-- board.sql: what does the newest prediction of each game of a day say, market by market and side by side?
-- One row per game, market and side; a game without a prediction gives one row with NULLs.
-- :day official game date; :models the model names that count.
SELECT
    g.id AS game_id,
    g.mlb_stats_api_game_id AS game_pk,
    g.game_date,
    g.game_datetime AS start,
    d.start_assumed,
    g.game_number,
    g.away_team,
    g.home_team,
    g.game_status,
    g.home_score,
    g.away_score,
    g.home_pitcher_name,
    g.away_pitcher_name,
    p.id AS prediction_id,
    p.model_name,
    p.model_version,
    p.prediction_timestamp,
    p.risk_level,
    p.confidence_threshold_met,
    r.stage,
    r.market_type,
    r.side,
    r.book,
    COALESCE(c.book_name, r.book) AS book_name,
    r.archive_price,
    r.odds,
    r.line_value,
    r.quoted_at,
    r.blind_probability,
    r.memory_probability,
    r.model_probability,
    r.market_probability,
    r.final_probability,
    r.probability_low,
    r.probability_high,
    r.push_probability,
    r.expected_close_probability,
    r.expected_value,
    r.minimum_odds,
    r.stake,
    r.no_bet_reason,
    r.result,
    r.profit,
    r.clv_expected_value
FROM curated.resolved_games AS g
LEFT JOIN curated.game_details AS d ON d.game_id = g.id
LEFT JOIN LATERAL (
    SELECT n.*
    FROM curated.newest_predictions(g.id, %(models)s::TEXT[]) AS n
    ORDER BY n.prediction_timestamp DESC, n.id DESC
    LIMIT 1
) AS p ON TRUE
LEFT JOIN curated.ml_recommendations AS r ON r.prediction_id = p.id
LEFT JOIN LATERAL (
    SELECT k.book_name
    FROM staging.book_catalogue AS k
    WHERE k.source || ':' || k.book_id = r.book
        AND g.game_date BETWEEN k.valid_from AND k.valid_to
    LIMIT 1
) AS c ON TRUE
WHERE g.game_date = %(day)s
ORDER BY g.game_datetime, g.game_number, g.id, r.market_type, r.side;
