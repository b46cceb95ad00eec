-- check_stakes_are_within_limits.sql: which stakes break a cap, or rest on a quote from after their decision?
-- A slate is a day and stage; its stakes together stay below a quarter of the bankroll.
WITH stakes AS (
    SELECT g.game_date, r.stage, g.away_team, g.home_team, r.market_type, r.side, r.stake, r.quoted_at, r.decided_at,
        SUM(r.stake) OVER (PARTITION BY g.game_date, r.stage, r.decided_at::DATE) AS day_stake
    FROM curated.ml_recommendations AS r
    JOIN curated.enhanced_games AS g ON g.id = r.game_id
    WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
        AND r.stake > 0
)
SELECT game_date, stage, away_team, home_team, market_type, side, stake, day_stake, quoted_at, decided_at
FROM stakes
WHERE stake > 0.25 OR quoted_at > decided_at
ORDER BY game_date, stage;
