-- The view of games gets a name that no generation of the earlier system uses: two of them have a table curated.games,
-- and there 0026 creates the view under this name already. Where no table has the name, curated.games stays beside it.
-- depends: 0048_model_digests

-- Two parts, so that a day is read by index in each; the second is empty where no other program writes games.
CREATE OR REPLACE VIEW curated.resolved_games AS
SELECT
    e.id, e.mlb_stats_api_game_id, e.action_network_game_id, e.sbd_game_id, e.vsin_game_key, e.home_team,
    e.away_team, e.home_team_full_name, e.away_team_full_name, e.game_date, e.game_time, e.game_datetime, e.season,
    e.season_type, e.game_type, e.game_number, e.venue_name, e.venue_city, e.venue_state, e.venue_timezone,
    e.temperature_fahrenheit, e.wind_speed_mph, e.wind_direction, e.humidity_pct, e.weather_condition, e.home_score,
    e.away_score, e.winning_team, e.game_status, e.total_runs, e.home_pitcher_name, e.away_pitcher_name,
    e.home_pitcher_era, e.away_pitcher_era, e.home_pitcher_throws, e.away_pitcher_throws,
    e.pitcher_handedness_matchup, e.feature_data, e.ml_metadata, e.data_quality_score, e.mlb_correlation_confidence,
    e.source_coverage_score, e.created_at, e.updated_at
FROM curated.enhanced_games AS e
WHERE NOT EXISTS (SELECT 1 FROM curated.game_corrections AS c WHERE c.game_id = e.id)
    AND NOT EXISTS (SELECT 1 FROM curated.duplicate_games AS d WHERE d.duplicate_id = e.id)
UNION ALL
SELECT
    e.id, e.mlb_stats_api_game_id, e.action_network_game_id, e.sbd_game_id, e.vsin_game_key, c.home_team,
    c.away_team, e.home_team_full_name, e.away_team_full_name, c.game_date, e.game_time, c.game_datetime, c.season,
    c.season_type, e.game_type, c.game_number, e.venue_name, e.venue_city, e.venue_state, e.venue_timezone,
    e.temperature_fahrenheit, e.wind_speed_mph, e.wind_direction, e.humidity_pct, e.weather_condition, c.home_score,
    c.away_score,
    CASE
        WHEN c.game_status <> 'final' OR c.home_score = c.away_score THEN NULL
        WHEN c.home_score > c.away_score THEN c.home_team
        ELSE c.away_team
    END::VARCHAR(10) AS winning_team,
    c.game_status, (COALESCE(c.home_score, 0) + COALESCE(c.away_score, 0))::INTEGER AS total_runs,
    e.home_pitcher_name, e.away_pitcher_name, e.home_pitcher_era, e.away_pitcher_era, e.home_pitcher_throws,
    e.away_pitcher_throws, e.pitcher_handedness_matchup, e.feature_data, e.ml_metadata, e.data_quality_score,
    e.mlb_correlation_confidence, e.source_coverage_score, e.created_at, e.updated_at
FROM curated.game_corrections AS c
JOIN curated.enhanced_games AS e ON e.id = c.game_id
WHERE NOT EXISTS (SELECT 1 FROM curated.duplicate_games AS d WHERE d.duplicate_id = e.id);
COMMENT ON VIEW curated.resolved_games IS 'Every game once, with the facts that the pipeline uses: curated.enhanced_games without rows that are a second one of a game, and with curated.game_corrections.';
