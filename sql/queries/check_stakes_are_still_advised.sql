-- check_stakes_are_still_advised.sql: which stakes of games ahead does a newer decision of their stage advise against?
-- Placed, they are still at risk: one row a stake, with the newest forecast of its side and the reason for no bet.
-- :first, :last official dates, half open; :now the present.
WITH decisions AS (
    SELECT
        p.id, p.game_id, p.model_name, p.prediction_timestamp, g.game_date, g.away_team, g.home_team,
        FIRST_VALUE(p.id) OVER (
            PARTITION BY p.game_id, p.model_name ORDER BY p.prediction_timestamp DESC, p.id DESC
        ) AS newest_id
    FROM curated.resolved_games AS g
    -- A fence: without statistics the predictions of all days are read.
    CROSS JOIN LATERAL (
        SELECT * FROM curated.ml_predictions WHERE game_id = g.id AND model_name = ANY(%(game_models)s) OFFSET 0
    ) AS p
    WHERE g.game_date >= %(first)s AND g.game_date < %(last)s AND g.game_datetime > %(now)s
)
SELECT DISTINCT ON (d.game_id, r.stage, r.market_type, r.side)
    d.game_date, d.away_team, d.home_team, r.stage, r.market_type, r.side, r.book, r.odds, r.line_value, r.stake,
    r.decided_at, n.final_probability AS now_probability, n.no_bet_reason
FROM decisions AS d
CROSS JOIN LATERAL (
    SELECT * FROM curated.ml_recommendations WHERE prediction_id = d.id AND stake > 0 AND result IS NULL OFFSET 0
) AS r
CROSS JOIN LATERAL (
    SELECT *
    FROM curated.ml_recommendations
    WHERE prediction_id = d.newest_id AND market_type = r.market_type AND side = r.side AND stake = 0
    OFFSET 0
) AS n
ORDER BY d.game_id, r.stage, r.market_type, r.side, d.prediction_timestamp DESC, d.id DESC;
