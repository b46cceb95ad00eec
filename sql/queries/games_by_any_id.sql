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
    SELECT COALESCE(d.game_id, g.id) AS game_id,
        COALESCE(BOOL_OR(g.id = %(id)s::BIGINT), FALSE) AS by_id,
        COALESCE(BOOL_OR(g.mlb_stats_api_game_id = %(pk)s::VARCHAR), FALSE) AS by_pk,
        BOOL_OR(g.id IN (SELECT a.game_id FROM action_network AS a)) AS by_an
    FROM curated.enhanced_games AS g
    LEFT JOIN curated.duplicate_games AS d ON d.duplicate_id = g.id
    WHERE g.id = %(id)s::BIGINT OR g.mlb_stats_api_game_id = %(pk)s::VARCHAR
        OR g.id IN (SELECT a.game_id FROM action_network AS a)
    GROUP BY COALESCE(d.game_id, g.id)
)
SELECT
    g.id AS game_id, g.mlb_stats_api_game_id AS game_pk, g.game_date, g.away_team, g.home_team,
    ARRAY_REMOVE(ARRAY[
        CASE WHEN n.by_id THEN 'id' END, CASE WHEN n.by_pk THEN 'pk' END, CASE WHEN n.by_an THEN 'an' END
    ], NULL) AS kinds
FROM named AS n
JOIN curated.enhanced_games AS g ON g.id = n.game_id
ORDER BY n.by_id DESC, g.id;
