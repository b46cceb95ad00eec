-- games_with_starts.sql: which games were played around these days, when did they start, and where?
-- One row per game, the day before and after included. %(from_day)s, %(to_day)s  official dates, both included.
SELECT
    e.id,
    CASE WHEN e.mlb_stats_api_game_id ~ '^[0-9]{1,12}$' THEN e.mlb_stats_api_game_id::BIGINT END AS game_pk,
    e.game_date, e.home_team, e.away_team, COALESCE(e.game_number, 1) AS game_number,
    COALESCE(d.doubleheader, CASE WHEN e.game_number = 2 THEN 'Y' ELSE 'N' END) AS doubleheader,
    e.game_datetime AS scheduled_start,
    COALESCE(d.start_assumed, FALSE) AS start_assumed,
    CASE WHEN e.game_status = 'final' THEN e.home_score END AS home_score,
    CASE WHEN e.game_status = 'final' THEN e.away_score END AS away_score,
    d.first_pitch, d.park_id
FROM curated.resolved_games AS e
LEFT JOIN curated.game_details AS d ON d.game_id = e.id
WHERE e.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
ORDER BY e.id;
