-- api_game.sql: what is known of one game itself? One row. :game_id.
SELECT
    g.id AS game_id, g.mlb_stats_api_game_id AS game_pk, g.game_date, g.game_datetime AS start, d.start_assumed,
    g.game_number, g.season, g.season_type, g.away_team, g.home_team, g.away_team_full_name, g.home_team_full_name,
    g.game_status, g.home_score, g.away_score, g.home_pitcher_name, g.away_pitcher_name, g.home_pitcher_throws,
    g.away_pitcher_throws, g.venue_name, g.temperature_fahrenheit, g.wind_speed_mph, g.wind_direction,
    g.weather_condition, d.doubleheader, d.scheduled_innings, d.innings, d.suspended, d.park_id, d.first_pitch
FROM curated.resolved_games AS g
LEFT JOIN curated.game_details AS d ON d.game_id = g.id
WHERE g.id = %(game_id)s;
