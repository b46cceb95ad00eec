-- api_slate_days.sql: which days have games, and how many of those are predicted and bet?
-- One row a day, latest first. :until official date, included; :limit, :offset.
-- Walks the days by index and stops at the limit: grouped, the view of games is read whole.
WITH listed AS (
    SELECT DISTINCT l.game_date
    FROM (
        SELECT e.game_date FROM curated.enhanced_games AS e
        UNION ALL
        SELECT c.game_date FROM curated.game_corrections AS c
    ) AS l
    WHERE l.game_date <= %(until)s
    ORDER BY l.game_date DESC
),
days AS (
    SELECT l.game_date, g.games, g.ids
    FROM listed AS l
    CROSS JOIN LATERAL (
        SELECT COUNT(*) AS games, ARRAY_AGG(r.id) AS ids FROM curated.resolved_games AS r WHERE r.game_date = l.game_date
    ) AS g
    WHERE g.games > 0
    ORDER BY l.game_date DESC
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
