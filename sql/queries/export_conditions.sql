-- export_conditions.sql: the conditions of an archive's games.
-- One row per game. %(source)s
SELECT
    c.source_game_id AS retro_game_id, g.source_game_id AS game_id,
    COALESCE(g.season, EXTRACT(YEAR FROM c.known_at)::INTEGER) AS season, c.temperature_fahrenheit AS temp,
    c.wind_direction AS winddir, c.wind_speed_mph AS windspeed,
    COALESCE(c.sky, CASE WHEN c.roof_closed THEN 'dome' END) AS sky, c.precipitation AS precip, c.umpire_id AS umphome
FROM staging.game_conditions AS c
LEFT JOIN staging.source_games AS g USING (source, source_game_id)
WHERE c.source = %(source)s
ORDER BY c.source_game_id;
