-- history_games.sql: which games are there, and what did the schedule say? schedule_known_at: of a game that moved.
-- Settings mlb_ml.history_since: games up to that date are left out; mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
SELECT
    e.id AS game_id,
    CASE WHEN e.mlb_stats_api_game_id ~ '^[0-9]{1,12}$' THEN e.mlb_stats_api_game_id::BIGINT END AS game_pk,
    e.game_date, e.season, e.season_type, e.home_team, e.away_team, e.game_number, d.doubleheader,
    e.game_datetime AT TIME ZONE 'UTC' AS start, d.start_assumed, d.park_id, d.day_night, d.neutral_site,
    d.scheduled_innings, m.schedule_known_at AT TIME ZONE 'UTC' AS schedule_known_at
FROM curated.resolved_games AS e
JOIN curated.game_details AS d ON d.game_id = e.id
LEFT JOIN LATERAL (SELECT schedule_known_at FROM staging.moved_games WHERE game_id = e.id) AS m ON TRUE
WHERE e.game_datetime <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ + INTERVAL '10 days'
    AND e.game_date > current_setting('mlb_ml.history_since')::DATE
    AND e.game_status NOT IN ('postponed', 'cancelled');
