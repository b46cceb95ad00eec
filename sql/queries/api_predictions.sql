-- api_predictions.sql: what do these predictions say, and about which games?
-- One row a prediction, in no particular order. :ids.
SELECT
    p.id AS prediction_id,
    p.game_id,
    g.mlb_stats_api_game_id AS game_pk,
    g.game_date,
    g.game_datetime AS start,
    g.game_number,
    g.away_team,
    g.home_team,
    g.game_status,
    g.season,
    g.season_type,
    d.scheduled_innings,
    p.model_name,
    p.model_version,
    p.prediction_timestamp,
    p.total_over_probability,
    p.total_over_binary,
    p.total_over_confidence,
    p.home_ml_probability,
    p.home_ml_binary,
    p.home_ml_confidence,
    p.home_spread_probability,
    p.home_spread_binary,
    p.home_spread_confidence,
    p.prediction_explanation,
    p.feature_importance,
    p.risk_level,
    p.confidence_threshold_met,
    p.updated_at
FROM curated.ml_predictions AS p
-- A fence: the view is two parts, which a join reads whole.
CROSS JOIN LATERAL (SELECT * FROM curated.resolved_games WHERE id = p.game_id OFFSET 0) AS g
LEFT JOIN curated.game_details AS d ON d.game_id = g.id
WHERE p.id = ANY(%(ids)s);
