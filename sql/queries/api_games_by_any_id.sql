-- api_games_by_any_id.sql: which games can a number mean, ours or MLB's?
-- At most one row by our id and one by gamePk.
-- :id our id or NULL, :pk gamePk as text or NULL.
SELECT g.id AS game_id, g.mlb_stats_api_game_id AS game_pk, g.game_date, g.away_team, g.home_team
FROM curated.enhanced_games AS g
WHERE g.id = %(id)s::BIGINT OR g.mlb_stats_api_game_id = %(pk)s::VARCHAR
ORDER BY g.id = %(id)s::BIGINT DESC;
