-- check_stakes_are_within_limits.sql: which stakes break a cap, or rest on a quote from after their decision?
-- A slate is a day and stage at its newest predictions; its stakes together stay below a quarter of the bankroll.
WITH newest AS (
    SELECT DISTINCT ON (p.game_id, p.model_name) p.id
    FROM curated.ml_predictions AS p
    JOIN curated.resolved_games AS g ON g.id = p.game_id
    WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
        AND p.model_name = ANY(%(game_models)s)
    ORDER BY p.game_id, p.model_name, p.prediction_timestamp DESC, p.id DESC
),
stakes AS (
    SELECT g.game_date, r.stage, g.away_team, g.home_team, r.market_type, r.side, r.stake, r.quoted_at, r.decided_at,
        SUM(r.stake) OVER (PARTITION BY g.game_date, r.stage) AS slate_stake
    FROM newest AS n
    JOIN curated.ml_recommendations AS r ON r.prediction_id = n.id
    JOIN curated.resolved_games AS g ON g.id = r.game_id
    WHERE r.stake > 0
)
SELECT game_date, stage, away_team, home_team, market_type, side, stake, slate_stake, quoted_at, decided_at
FROM stakes
WHERE stake > 0.25 OR slate_stake > 0.25 OR quoted_at > decided_at
ORDER BY game_date, stage;
