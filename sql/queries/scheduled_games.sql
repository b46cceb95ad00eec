-- scheduled_games.sql: the games of these days that have a gamePk, for odds that name it, or clubs and start.
-- One row per gamePk: of MLB's schedule, else as another program wrote it. One day more on either side.
-- %(from_day)s, %(to_day)s  official dates, both included.
SELECT s.game_pk, s.game_date, s.home_team AS home, s.away_team AS away, s.scheduled_start AS start, s.season_type,
    COALESCE(s.game_number, 1)::INTEGER AS game_number, COALESCE(s.doubleheader, 'N') AS doubleheader,
    'MLB''s schedule' AS table_name
FROM staging.source_games AS s
WHERE s.source = 'mlb_stats_api' AND s.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
    AND s.game_pk IS NOT NULL AND s.scheduled_start IS NOT NULL
UNION ALL
SELECT e.mlb_stats_api_game_id::BIGINT, (e.game_datetime AT TIME ZONE %(eastern)s)::DATE, e.home_team, e.away_team,
    e.game_datetime, e.season_type, COALESCE(e.game_number, 1)::INTEGER, 'N', 'curated.enhanced_games'
FROM curated.enhanced_games AS e
WHERE e.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
    AND e.mlb_stats_api_game_id ~ '^[0-9]{1,12}$'
    -- No NOT EXISTS: where many games are expected, it is answered from all records at once.
    AND (
        SELECT s.source_game_id FROM staging.source_games AS s
        WHERE s.source = 'mlb_stats_api' AND s.source_game_id = e.mlb_stats_api_game_id
    ) IS NULL
ORDER BY game_pk;
