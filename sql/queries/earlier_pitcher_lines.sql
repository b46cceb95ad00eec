-- earlier_pitcher_lines.sql: what did each pitcher do before the first season with games?
-- One row per game and appearance; games by their number in the temporary table earlier_games.
-- Setting mlb_ml.earlier_season: the season.
SELECT
    g.game_id, r.side, r.known_at AT TIME ZONE 'UTC' AS known_at, r.player_id, r.appearance, r.batters_faced, r.hits,
    r.doubles, r.triples, r.home_runs, r.walks, r.intentional_walks, r.hit_batters, r.strikeouts, r.ground_balls,
    r.fly_balls, r.line_drives, r.pop_ups
FROM pg_temp.earlier_games AS g
INNER JOIN staging.pitcher_lines AS r USING (source, source_game_id)
WHERE g.season = current_setting('mlb_ml.earlier_season')::INTEGER;
