-- games_by_any_id.sql: which games can a number identify: ours, MLB's or Action Network's?
-- One row per game, ours first. kinds: by which ids, of id, pk and an.
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
)
SELECT
    g.id AS game_id, g.mlb_stats_api_game_id AS game_pk, g.game_date, g.away_team, g.home_team,
    ARRAY_REMOVE(ARRAY[
        CASE WHEN g.id = %(id)s::BIGINT THEN 'id' END,
        CASE WHEN g.mlb_stats_api_game_id = %(pk)s::VARCHAR THEN 'pk' END,
        CASE WHEN g.id IN (SELECT a.game_id FROM action_network AS a) THEN 'an' END
    ], NULL) AS kinds
FROM curated.enhanced_games AS g
WHERE g.id = %(id)s::BIGINT OR g.mlb_stats_api_game_id = %(pk)s::VARCHAR
    OR g.id IN (SELECT a.game_id FROM action_network AS a)
ORDER BY COALESCE(g.id = %(id)s::BIGINT, FALSE) DESC, g.id;
