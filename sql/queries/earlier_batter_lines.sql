-- earlier_batter_lines.sql: what did each batter do before the first season with games?
-- One row per game and player; games by their number in the temporary table earlier_games.
-- Setting mlb_ml.earlier_season: the season.
SELECT
    g.game_id, r.side, r.known_at AT TIME ZONE 'UTC' AS known_at, r.player_id, r.slot, r.started, r.plate_appearances,
    r.hits, r.doubles, r.triples, r.home_runs, r.walks, r.intentional_walks, r.hit_by_pitch, r.strikeouts,
    r.sacrifice_bunts
FROM pg_temp.earlier_games AS g
INNER JOIN staging.batter_lines AS r USING (source, source_game_id)
WHERE g.season = current_setting('mlb_ml.earlier_season')::INTEGER;
