-- removed_months_of_game.sql: which months of quotes of a game does the archive tier have alone?
-- One row a month, first days in order. :game_id.
SELECT DISTINCT m.month
FROM curated.game_identity AS i
-- A fence: else the planner joins whole tables by hash.
CROSS JOIN LATERAL (
    SELECT * FROM staging.quote_spans WHERE source_game_id = i.source_game_id AND source = i.source OFFSET 0
) AS s
JOIN curated.archived_months AS m
    ON m.removed_at IS NOT NULL
    AND m.month::TIMESTAMP AT TIME ZONE 'UTC' BETWEEN s.quotes_from AND s.quotes_until - INTERVAL '1 microsecond'
-- Usually nothing is removed, and nothing of this is read.
WHERE EXISTS (SELECT 1 FROM curated.archived_months AS a WHERE a.removed_at IS NOT NULL)
    AND i.game_id = %(game_id)s
ORDER BY m.month;
