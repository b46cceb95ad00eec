-- api_slate_days.sql: which days have games, and how many of those are predicted and bet?
-- One row a day, latest first. :until official date, included; :limit, :offset.
WITH days AS (
    SELECT g.game_date, COUNT(*) AS games, ARRAY_AGG(g.id) AS ids
    FROM curated.resolved_games AS g
    WHERE g.game_date <= %(until)s
    GROUP BY g.game_date
    ORDER BY g.game_date DESC
    LIMIT %(limit)s OFFSET %(offset)s
)
SELECT
    d.game_date AS date,
    d.games,
    (
        SELECT COUNT(DISTINCT p.game_id)
        FROM curated.ml_predictions AS p
        WHERE p.game_id = ANY(d.ids)
    ) AS predicted,
    (
        SELECT COUNT(*)
        FROM curated.ml_recommendations AS r
        WHERE r.game_id = ANY(d.ids) AND r.stake > 0
    ) AS bets
FROM days AS d
ORDER BY d.game_date DESC;
