-- read_games.sql: games of a range of days, with what is fixed about each and its result.
-- One row a game. :from_day, :to_day  official dates, both included.
SELECT
    g.id AS game_id, g.mlb_stats_api_game_id AS game_pk, g.game_date, g.season, g.season_type, g.game_number,
    g.home_team, g.away_team, g.game_datetime AS scheduled_start, d.start_assumed, d.first_pitch, d.park_id,
    d.neutral_site, d.doubleheader, d.scheduled_innings, g.game_status, g.home_score, g.away_score, d.innings,
    d.suspended, d.home_bats_first, d.home_starter_id, d.away_starter_id, d.result_known_at
FROM curated.enhanced_games AS g
LEFT JOIN curated.game_details AS d ON d.game_id = g.id
WHERE g.game_date BETWEEN %(from_day)s AND %(to_day)s
ORDER BY g.game_date, g.game_datetime, g.id;
