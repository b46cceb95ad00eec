-- api_game_ratings.sql: what did the ratings of players say of a game at its newest decision?
-- One row, or none without features. :game_id, :stage open, lineup or NULL for the later.
SELECT
    f.stage, f.as_of,
    f.home_player_runs, f.away_player_runs, f.home_nine_value, f.away_nine_value,
    f.home_starter_value, f.away_starter_value, f.home_starter_game_share, f.away_starter_game_share,
    f.home_starter_newness, f.away_starter_newness, f.home_bullpen_value, f.away_bullpen_value,
    f.home_defense_value, f.away_defense_value, f.home_catcher_value, f.away_catcher_value,
    r.home_starter_id, r.away_starter_id, h.full_name AS home_starter, a.full_name AS away_starter
FROM curated.game_features AS f
LEFT JOIN LATERAL (
    SELECT b.home_starter_id, b.away_starter_id
    FROM curated.ml_recommendations AS b
    WHERE b.game_id = f.game_id AND b.stage = f.stage
    ORDER BY b.decided_at DESC
    LIMIT 1
) AS r ON TRUE
LEFT JOIN staging.people AS h ON h.player_id = r.home_starter_id
LEFT JOIN staging.people AS a ON a.player_id = r.away_starter_id
WHERE f.game_id = %(game_id)s AND (%(stage)s::VARCHAR IS NULL OR f.stage = %(stage)s)
ORDER BY f.as_of DESC, f.stage
LIMIT 1;
