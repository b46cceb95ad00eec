-- check_stakes_are_within_limits.sql: which stakes break a cap, or rest on a quote from after their decision?
-- A slate is a day and stage at its newest predictions; its stakes together stay below a quarter of the bankroll.
WITH newest AS (
    SELECT p.id, g.game_date, g.away_team, g.home_team
    FROM curated.resolved_games AS g
    CROSS JOIN LATERAL curated.newest_predictions(g.id, %(game_models)s::TEXT[]) AS p
    WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
),
stakes AS (
    SELECT n.game_date, r.stage, n.away_team, n.home_team, r.market_type, r.side, r.stake, r.quoted_at, r.decided_at,
        SUM(r.stake) OVER (PARTITION BY n.game_date, r.stage) AS slate_stake
    FROM newest AS n
    CROSS JOIN LATERAL (
        SELECT * FROM curated.ml_recommendations WHERE prediction_id = n.id AND stake > 0 OFFSET 0
    ) AS r
)
SELECT game_date, stage, away_team, home_team, market_type, side, stake, slate_stake, quoted_at, decided_at
FROM stakes
WHERE stake > 0.25 OR slate_stake > 0.25 OR quoted_at > decided_at
ORDER BY game_date, stage;
