-- stored_conditions.sql: what conditions of an archive's games are stored?
-- One row a game. %(source)s, %(games)s: ids of the archive.
SELECT
    source, source_game_id, known_at, assumed, temperature_fahrenheit, wind_speed_mph, wind_direction, sky,
    precipitation, roof_closed, umpire_id, umpire_name
FROM staging.game_conditions
WHERE source = %(source)s AND source_game_id = ANY(%(games)s);
