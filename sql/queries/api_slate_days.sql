-- api_slate_days.sql: which days have games, and how many of those are predicted and bet?
-- One row a day, latest first. :until official date, included; :limit, :offset.
-- Walks back from day to day, each by index, and stops at the limit: sorted or grouped, all games are read.
WITH RECURSIVE walked AS (
    SELECT %(until)s::DATE + 1 AS game_date, 0::BIGINT AS games, NULL::BIGINT[] AS ids, 0 AS place
    UNION ALL
    SELECT n.game_date, g.games, g.ids, w.place + (g.games > 0)::INTEGER
    FROM walked AS w
    CROSS JOIN LATERAL (
        SELECT GREATEST(
            (SELECT MAX(e.game_date) FROM curated.enhanced_games AS e WHERE e.game_date < w.game_date),
            (SELECT MAX(c.game_date) FROM curated.game_corrections AS c WHERE c.game_date < w.game_date)
        ) AS game_date
    ) AS n
    CROSS JOIN LATERAL (
        SELECT COUNT(*) AS games, ARRAY_AGG(r.id) AS ids FROM curated.resolved_games AS r WHERE r.game_date = n.game_date
    ) AS g
    WHERE n.game_date IS NOT NULL AND w.place < %(limit)s::INTEGER + %(offset)s::INTEGER
),
days AS (
    SELECT game_date, games, ids FROM walked WHERE games > 0 ORDER BY game_date DESC LIMIT %(limit)s OFFSET %(offset)s
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
