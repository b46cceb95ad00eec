-- earlier_lineup_positions.sql: who played where before the first season with games?
-- One row per game and side; games by their number in the temporary table earlier_games.
-- Setting mlb_ml.earlier_season: the season.
SELECT
    g.game_id, r.side, r.known_at AT TIME ZONE 'UTC' AS known_at,
    r.positions[1] AS position_1, r.positions[2] AS position_2, r.positions[3] AS position_3,
    r.positions[4] AS position_4, r.positions[5] AS position_5, r.positions[6] AS position_6,
    r.positions[7] AS position_7, r.positions[8] AS position_8, r.positions[9] AS position_9
FROM pg_temp.earlier_games AS g
INNER JOIN staging.lineup_positions AS r USING (source, source_game_id)
WHERE g.season = current_setting('mlb_ml.earlier_season')::INTEGER;
