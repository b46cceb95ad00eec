-- evaluation_rows.sql: what was forecast of each market of the days, what did the market say, and what came of it?
-- One row a prediction, market and side, newest prediction of a game, stage and model version; half-open range.
-- open: the opening price where it was of the same number. closing_probability is at the forecast's own number.
WITH games AS MATERIALIZED (
    SELECT g.id, g.game_date, g.game_status, g.home_score, g.away_score
    FROM curated.resolved_games AS g
    WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
),
newest AS (
    SELECT DISTINCT ON (p.game_id, p.model_name, p.model_version) p.id, p.game_id, p.model_name, p.model_version
    FROM games AS g
    JOIN curated.ml_predictions AS p ON p.game_id = g.id AND p.model_name = ANY(%(game_models)s)
    ORDER BY p.game_id, p.model_name, p.model_version, p.prediction_timestamp DESC, p.id DESC
),
opened AS MATERIALIZED (
    SELECT g.id AS game_id, l.market_type, l.line_value, l.fair_probability
    FROM games AS g
    CROSS JOIN LATERAL (
        SELECT m.market_type, m.line_value, m.fair_probability
        FROM curated.market_lines AS m
        WHERE m.game_id = g.id AND m.stage = 'open'
        OFFSET 0
    ) AS l
)
SELECT
    n.model_name,
    n.model_version,
    r.game_id,
    g.game_date,
    r.market_type,
    r.side,
    r.decided_at,
    r.line_value::DOUBLE PRECISION AS line_value,
    r.blind_probability,
    r.memory_probability,
    r.final_probability,
    r.market_probability,
    o.fair_probability AS open_probability,
    r.closing_probability,
    r.odds,
    r.stake,
    r.expected_value,
    r.kelly_slate,
    r.result,
    r.profit,
    r.clv_expected_value,
    g.game_status = 'final' AND NOT d.suspended AS played,
    g.home_score,
    g.away_score
FROM newest AS n
JOIN curated.ml_recommendations AS r ON r.prediction_id = n.id
JOIN games AS g ON g.id = n.game_id
JOIN curated.game_details AS d ON d.game_id = n.game_id
LEFT JOIN opened AS o
    ON o.game_id = r.game_id
    AND o.market_type = r.market_type
    AND (o.line_value IS NOT DISTINCT FROM r.line_value)
ORDER BY g.game_date, r.game_id, n.id, r.market_type, r.side;
