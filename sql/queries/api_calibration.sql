-- api_calibration.sql: how does the observed share of games compare with the predicted probability?
-- Final probabilities and the close in bins of .025. One row per forecaster and bin, without pushes and suspended games.
-- :model_name; :market one of moneyline, total, spread; :from_day, :to_day half open.
WITH newest AS (
    SELECT DISTINCT ON (p.game_id) p.game_id, p.id, g.home_score, g.away_score
    FROM curated.resolved_games AS g
    JOIN curated.ml_predictions AS p ON p.game_id = g.id
    LEFT JOIN curated.game_details AS d ON d.game_id = g.id
    WHERE g.game_date >= %(from_day)s AND g.game_date < %(to_day)s
        AND p.model_name = %(model_name)s
        AND g.game_status = 'final'
        AND NOT COALESCE(d.suspended, FALSE)
    ORDER BY p.game_id, p.prediction_timestamp DESC, p.id DESC
),
priced AS (
    SELECT
        n.game_id,
        r.final_probability AS final,
        CASE WHEN %(market)s = %(moneyline)s OR c.line_value = r.line_value THEN c.fair_probability END AS close,
        CASE %(market)s
            WHEN %(moneyline)s THEN SIGN(n.home_score - n.away_score)
            WHEN %(total)s THEN SIGN(n.home_score + n.away_score - r.line_value)
            ELSE SIGN(n.home_score - n.away_score + r.line_value)
        END AS outcome
    FROM newest AS n
    JOIN curated.ml_recommendations AS r
        ON r.prediction_id = n.id AND r.market_type = %(market)s AND r.side = ANY(%(first_sides)s)
    LEFT JOIN curated.market_lines AS c
        ON c.game_id = n.game_id AND c.market_type = %(market)s AND c.stage = 'close'
),
forecasts AS (
    SELECT v.forecaster, v.probability, (s.outcome > 0)::INTEGER AS observed
    FROM priced AS s
    CROSS JOIN LATERAL (VALUES ('final', s.final), ('close', s.close)) AS v (forecaster, probability)
    WHERE s.outcome <> 0 AND v.probability IS NOT NULL
)
SELECT
    f.forecaster,
    FLOOR(f.probability / 0.025)::INTEGER AS bin,
    COUNT(*) AS games,
    AVG(f.probability) AS mean_probability,
    AVG(f.observed)::DOUBLE PRECISION AS share_true
FROM forecasts AS f
GROUP BY 1, 2
ORDER BY 1, 2;
