-- Forecasts counted by probability and day: calibration over all seasons reads these and not every prediction. The bets
-- among the recommendations, two of a hundred, get an index of their own.
-- depends: 0053_resolved_games, 0034_bet_terms

CREATE TABLE curated.calibration_counts (
    model_name VARCHAR(100) NOT NULL,
    market_type VARCHAR(20) NOT NULL,
    game_date DATE NOT NULL,
    forecaster VARCHAR(20) NOT NULL,
    bin SMALLINT NOT NULL,
    games INTEGER NOT NULL CHECK (games > 0),
    probability_sum DOUBLE PRECISION NOT NULL,
    came_true INTEGER NOT NULL,
    PRIMARY KEY (model_name, market_type, game_date, forecaster, bin)
);
COMMENT ON TABLE curated.calibration_counts IS 'Forecasts of finished games by probability: the newest prediction of each game and model, and the close, without pushes and suspended games. Scoring a day counts its season again.';
COMMENT ON COLUMN curated.calibration_counts.model_name IS 'Model whose final probability or whose games'' close is counted.';
COMMENT ON COLUMN curated.calibration_counts.market_type IS 'Market: moneyline, total (runs) or spread (run line).';
COMMENT ON COLUMN curated.calibration_counts.game_date IS 'Official date of the games.';
COMMENT ON COLUMN curated.calibration_counts.forecaster IS 'final: the model''s probability; close: the closing line''s, at the same number.';
COMMENT ON COLUMN curated.calibration_counts.bin IS 'Bin of the probability of home or over, .025 wide: 20 is from .5 to below .525.';
COMMENT ON COLUMN curated.calibration_counts.games IS 'Games in the bin.';
COMMENT ON COLUMN curated.calibration_counts.probability_sum IS 'Sum of their probabilities.';
COMMENT ON COLUMN curated.calibration_counts.came_true IS 'Games of these that home or over won.';

INSERT INTO curated.calibration_counts
WITH newest AS (
    SELECT DISTINCT ON (p.model_name, p.game_id)
        p.model_name, p.game_id, p.id, g.game_date, g.home_score, g.away_score
    FROM curated.resolved_games AS g
    JOIN curated.ml_predictions AS p ON p.game_id = g.id
    LEFT JOIN curated.game_details AS d ON d.game_id = g.id
    WHERE g.game_status = 'final' AND NOT COALESCE(d.suspended, FALSE)
    ORDER BY p.model_name, p.game_id, p.prediction_timestamp DESC, p.id DESC
),
priced AS (
    SELECT n.model_name, r.market_type, n.game_date, r.final_probability AS final,
        CASE WHEN r.market_type = 'moneyline' OR c.line_value = r.line_value THEN c.fair_probability END AS close,
        CASE r.market_type
            WHEN 'moneyline' THEN SIGN(n.home_score - n.away_score)
            WHEN 'total' THEN SIGN(n.home_score + n.away_score - r.line_value)
            ELSE SIGN(n.home_score - n.away_score + r.line_value)
        END AS outcome
    FROM newest AS n
    JOIN curated.ml_recommendations AS r ON r.prediction_id = n.id AND r.side IN ('home', 'over')
    LEFT JOIN curated.market_lines AS c
        ON c.game_id = n.game_id AND c.market_type = r.market_type AND c.stage = 'close'
)
SELECT s.model_name, s.market_type, s.game_date, v.forecaster, FLOOR(v.probability / 0.025), COUNT(*),
    SUM(v.probability::NUMERIC), COUNT(*) FILTER (WHERE s.outcome > 0)
FROM priced AS s
CROSS JOIN LATERAL (VALUES ('final', s.final), ('close', s.close)) AS v (forecaster, probability)
WHERE s.outcome <> 0 AND v.probability IS NOT NULL
GROUP BY 1, 2, 3, 4, 5;

CREATE INDEX ml_recommendations_bets ON curated.ml_recommendations (stage, game_id) WHERE stake > 0;
