-- standing_stakes.sql: what do earlier decisions about the games of the days still stake?
-- One row a bet of the newest prediction of a game and stage; a decision that a newer one replaced stakes nothing.
-- :first, :last official dates, half open; :deciding ids of the predictions that are being decided now.
WITH newest AS (
    SELECT p.id, p.game_id, g.game_date
    FROM curated.resolved_games AS g
    CROSS JOIN LATERAL curated.newest_predictions(g.id, %(game_models)s::TEXT[]) AS p
    WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
)
SELECT
    n.game_date,
    r.game_id,
    r.stage,
    r.book,
    COALESCE(c.parent_book, r.book) AS operator,
    r.stake
FROM newest AS n
CROSS JOIN LATERAL (
    SELECT * FROM curated.ml_recommendations WHERE prediction_id = n.id AND stake > 0 OFFSET 0
) AS r
LEFT JOIN staging.book_catalogue AS c
    ON c.source || ':' || c.book_id = r.book AND r.decided_at::DATE BETWEEN c.valid_from AND c.valid_to
WHERE n.id <> ALL (%(deciding)s::BIGINT[])
ORDER BY n.game_date, r.game_id, r.stage, r.market_type, r.side;
