-- holdings.sql: what does this database hold, as far as it decides which command comes next?
-- One row; last_prediction is NULL without a prediction. :last_season  the season before which games count as history.
SELECT
    (
        SELECT COUNT(*) FROM curated.resolved_games AS g WHERE g.home_score IS NOT NULL AND g.season < %(last_season)s
    ) AS finished_before_last_season,
    EXISTS (SELECT FROM curated.ml_feature_vectors) AS has_features,
    EXISTS (SELECT FROM curated.game_models) AS has_models,
    (
        SELECT MAX(g.game_date)
        FROM curated.resolved_games AS g
        WHERE EXISTS (
            SELECT FROM curated.ml_predictions AS p WHERE p.game_id = g.id AND p.model_name = ANY(%(game_models)s)
        )
    ) AS last_prediction;
