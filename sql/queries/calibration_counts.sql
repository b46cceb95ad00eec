-- calibration_counts.sql: count how many games were forecast with each probability, and how many of these came true.
-- Final probabilities and the close in bins of .025. One row per model, market, day, forecaster and bin, without pushes and
-- suspended games, in place of earlier counts of these days; equal rows are not touched.
-- :first, :last half open; :moneyline, :total; :first_sides.
WITH newest AS (
    SELECT DISTINCT ON (p.model_name, p.game_id)
        p.model_name, p.game_id, p.id, g.game_date, g.home_score, g.away_score
    FROM curated.resolved_games AS g
    JOIN curated.ml_predictions AS p ON p.game_id = g.id
    LEFT JOIN curated.game_details AS d ON d.game_id = g.id
    WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
        AND g.game_status = 'final'
        AND NOT COALESCE(d.suspended, FALSE)
    ORDER BY p.model_name, p.game_id, p.prediction_timestamp DESC, p.id DESC
),
priced AS (
    SELECT
        n.model_name,
        r.market_type,
        n.game_date,
        r.final_probability AS final,
        CASE WHEN r.market_type = %(moneyline)s OR c.line_value = r.line_value THEN c.fair_probability END AS close,
        CASE r.market_type
            WHEN %(moneyline)s THEN SIGN(n.home_score - n.away_score)
            WHEN %(total)s THEN SIGN(n.home_score + n.away_score - r.line_value)
            ELSE SIGN(n.home_score - n.away_score + r.line_value)
        END AS outcome
    FROM newest AS n
    JOIN curated.ml_recommendations AS r ON r.prediction_id = n.id AND r.side = ANY(%(first_sides)s)
    LEFT JOIN curated.market_lines AS c
        ON c.game_id = n.game_id AND c.market_type = r.market_type AND c.stage = 'close'
),
counted AS MATERIALIZED (
    SELECT
        s.model_name,
        s.market_type,
        s.game_date,
        v.forecaster,
        FLOOR(v.probability / 0.025)::SMALLINT AS bin,
        COUNT(*)::INTEGER AS games,
        -- Summed as decimals, so that the order of the games does not show in the last bit.
        SUM(v.probability::NUMERIC)::DOUBLE PRECISION AS probability_sum,
        (COUNT(*) FILTER (WHERE s.outcome > 0))::INTEGER AS came_true
    FROM priced AS s
    CROSS JOIN LATERAL (VALUES ('final', s.final), ('close', s.close)) AS v (forecaster, probability)
    WHERE s.outcome <> 0 AND v.probability IS NOT NULL
    GROUP BY s.model_name, s.market_type, s.game_date, v.forecaster, bin
),
gone AS (
    DELETE FROM curated.calibration_counts AS t
    WHERE t.game_date >= %(first)s AND t.game_date < %(last)s
        AND NOT EXISTS (
            SELECT 1
            FROM counted AS c
            WHERE (c.model_name, c.market_type, c.game_date, c.forecaster, c.bin)
                = (t.model_name, t.market_type, t.game_date, t.forecaster, t.bin)
        )
)
INSERT INTO curated.calibration_counts AS t (
    model_name, market_type, game_date, forecaster, bin, games, probability_sum, came_true
)
SELECT model_name, market_type, game_date, forecaster, bin, games, probability_sum, came_true
FROM counted
ON CONFLICT (model_name, market_type, game_date, forecaster, bin) DO UPDATE
SET (games, probability_sum, came_true) = (excluded.games, excluded.probability_sum, excluded.came_true)
WHERE (t.games, t.probability_sum, t.came_true)
    IS DISTINCT FROM (excluded.games, excluded.probability_sum, excluded.came_true);
