-- known_games.sql: which of our games lie in these days?
-- One row per game; columns as identity/live_matching.py's KnownGame has them.
-- %(from_day)s, %(to_day)s  official dates, both included.
SELECT
    e.id AS game_id,
    CASE WHEN e.mlb_stats_api_game_id ~ '^[0-9]{1,12}$' THEN e.mlb_stats_api_game_id::BIGINT END AS game_pk,
    e.game_date,
    e.home_team,
    e.away_team,
    e.game_datetime AS start,
    COALESCE(e.game_number, 1) AS game_number
FROM curated.enhanced_games AS e
WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
ORDER BY e.id;
