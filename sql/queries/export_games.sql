-- export_games.sql: the games of an archive as it listed them.
-- One row per game. %(source)s
SELECT
    g.source_game_id AS game_id, g.game_pk, g.game_date, g.season, g.season_type, g.home_team, g.away_team, g.game_number,
    g.doubleheader, g.scheduled_start, g.status_detail, g.park_id AS park, g.day_night, r.home_score, r.away_score,
    r.innings, r.suspended, r.home_bats_first, r.first_pitch, r.home_line_score AS home_line,
    r.away_line_score AS away_line, r.home_starter_id AS home_starter, r.home_starter_name,
    r.away_starter_id AS away_starter, r.away_starter_name, c.temperature_fahrenheit AS temp,
    c.wind_speed_mph AS windspeed, c.wind_direction AS winddir, c.sky, c.precipitation AS precip, c.roof_closed,
    c.umpire_id AS ump_hp_id, c.umpire_name AS ump_hp_name
FROM staging.source_games AS g
JOIN staging.game_results AS r USING (source, source_game_id)
LEFT JOIN staging.game_conditions AS c USING (source, source_game_id)
WHERE g.source = %(source)s
ORDER BY g.game_date, g.source_game_id;
