-- earlier_conditions.sql: who was the plate umpire of the games before the first season with games?
-- One row per game; games by their number in the temporary table earlier_games.
-- Setting mlb_ml.earlier_season: the season.
SELECT
    g.game_id, c.known_at AT TIME ZONE 'UTC' AS known_at, c.assumed, c.temperature_fahrenheit, c.wind_speed_mph, c.wind_direction,
    c.sky, c.roof_closed, c.umpire_id
FROM pg_temp.earlier_games AS g
INNER JOIN staging.game_conditions AS c USING (source, source_game_id)
WHERE g.season = current_setting('mlb_ml.earlier_season')::INTEGER;
