-- history_conditions.sql: what was the weather, and who was the plate umpire?
-- One row per game, source and version; the reader keeps the most believed source of each game (rank). Unsorted.
-- Setting mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
SELECT
    l.game_id, l.rank, r.known_at AT TIME ZONE 'UTC' AS known_at, r.assumed,
    r.temperature_fahrenheit, r.wind_speed_mph, r.wind_direction, r.sky, r.precipitation, r.roof_closed, r.umpire_id
FROM pg_temp.history_links AS l
JOIN staging.game_conditions AS r USING (source, source_game_id)
WHERE r.known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ;
