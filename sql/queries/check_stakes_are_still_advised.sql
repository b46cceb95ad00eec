-- check_stakes_are_still_advised.sql: which stakes of games ahead does a newer decision of their stage advise against?
-- Placed, they are still at risk: one row a stake, with the newest forecast of its side and the reason for no bet.
-- :first, :last official dates, half open; :now the present.
WITH newest AS (
    SELECT p.id, p.game_id, p.model_name, g.game_date, g.away_team, g.home_team
    FROM curated.resolved_games AS g
    CROSS JOIN LATERAL curated.newest_predictions(g.id, %(game_models)s::TEXT[]) AS p
    WHERE g.game_date >= %(first)s AND g.game_date < %(last)s AND g.game_datetime > %(now)s
)
SELECT
    n.game_date, n.away_team, n.home_team, s.stage, s.market_type, s.side, s.book, s.odds, s.line_value, s.stake,
    s.decided_at, r.final_probability AS now_probability, r.no_bet_reason
FROM newest AS n
CROSS JOIN LATERAL (SELECT * FROM curated.ml_recommendations WHERE prediction_id = n.id AND stake = 0 OFFSET 0) AS r
CROSS JOIN LATERAL (
    SELECT b.*
    FROM curated.ml_recommendations AS b
    JOIN curated.ml_predictions AS p ON p.id = b.prediction_id
    WHERE b.game_id = n.game_id AND b.stage = r.stage AND b.market_type = r.market_type AND b.side = r.side
        AND b.stake > 0 AND b.result IS NULL AND p.model_name = n.model_name
    ORDER BY p.prediction_timestamp DESC, p.id DESC
    LIMIT 1
) AS s
ORDER BY n.game_id, s.stage, s.market_type, s.side;
