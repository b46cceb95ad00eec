-- games_by_any_id.sql: which games can a number identify: ours, MLB's or Action Network's?
-- One row per game, ours first. kinds: by which ids, of id, pk and an. The number of a second row of a game identifies the
-- game that the pipeline uses.
-- :id our id or NULL, :pk gamePk as text or NULL, :an Action Network's id as text or NULL. A link counts before the
-- adopted column: it is revised when its evidence changes.
WITH linked AS (
    SELECT i.game_id
    FROM curated.game_identity AS i
    WHERE i.source = 'action_network' AND i.source_game_id = %(an)s::VARCHAR
), action_network AS (
    SELECT l.game_id FROM linked AS l
    UNION ALL
    SELECT g.id
    FROM curated.enhanced_games AS g
    WHERE g.action_network_game_id = %(an)s::BIGINT AND NOT EXISTS (SELECT FROM linked)
), named AS (
    -- Each kind by its own index: joined by OR, every game was read.
    SELECT COALESCE(d.game_id, f.id) AS game_id, BOOL_OR(f.kind = 'id') AS by_id, BOOL_OR(f.kind = 'pk') AS by_pk,
        BOOL_OR(f.kind = 'an') AS by_an
    FROM (
        SELECT g.id, 'id' AS kind FROM curated.enhanced_games AS g WHERE g.id = %(id)s::BIGINT
        UNION ALL
        SELECT g.id, 'pk' FROM curated.enhanced_games AS g WHERE g.mlb_stats_api_game_id = %(pk)s::VARCHAR
        UNION ALL
        SELECT a.game_id, 'an' FROM action_network AS a
    ) AS f
    LEFT JOIN curated.duplicate_games AS d ON d.duplicate_id = f.id
    GROUP BY COALESCE(d.game_id, f.id)
)
SELECT
    g.id AS game_id, g.mlb_stats_api_game_id AS game_pk, g.game_date, g.away_team, g.home_team,
    ARRAY_REMOVE(ARRAY[
        CASE WHEN n.by_id THEN 'id' END, CASE WHEN n.by_pk THEN 'pk' END, CASE WHEN n.by_an THEN 'an' END
    ], NULL) AS kinds
FROM named AS n
-- A fence: without statistics every game is read.
CROSS JOIN LATERAL (SELECT * FROM curated.enhanced_games WHERE id = n.game_id OFFSET 0) AS g
ORDER BY n.by_id DESC, g.id;
