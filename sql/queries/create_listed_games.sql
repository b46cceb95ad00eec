-- create_listed_games.sql: make rows for games that only the odds of another program know.
-- From these listings: no row has their Action Network id or gamePk, no row and no schedule of ours has a game of these
-- clubs near the start. The start separates the games of a doubleheader; MLB's schedule is given to the row later.
-- %(games)s  Action Network's ids, TEXT[].
INSERT INTO curated.enhanced_games (
    action_network_game_id, mlb_stats_api_game_id, home_team, away_team, game_date, game_datetime, season, season_type,
    game_number, mlb_correlation_confidence
)
SELECT
    s.source_game_id::INTEGER, s.game_pk::VARCHAR(50), s.home_team, s.away_team, s.game_date, s.scheduled_start, s.season,
    COALESCE(s.season_type, 'regular'),
    LEAST(2, ROW_NUMBER() OVER (PARTITION BY s.home_team, s.away_team, s.game_date ORDER BY s.scheduled_start)),
    CASE WHEN s.game_pk IS NULL THEN 0 ELSE 1 END
FROM staging.source_games AS s
WHERE s.source = 'action_network' AND s.source_game_id = ANY(%(games)s) AND s.source_game_id ~ '^[0-9]{1,9}$'
    AND NOT EXISTS (
        SELECT 1 FROM curated.enhanced_games AS e WHERE e.action_network_game_id = s.source_game_id::INTEGER
    )
    AND NOT EXISTS (
        SELECT 1 FROM curated.enhanced_games AS e WHERE e.mlb_stats_api_game_id = s.game_pk::VARCHAR(50)
    )
    AND NOT EXISTS (
        SELECT 1
        FROM curated.enhanced_games AS e
        WHERE e.game_date BETWEEN s.game_date - 1 AND s.game_date + 1
            AND ABS(EXTRACT(EPOCH FROM e.game_datetime - s.scheduled_start)) <= 45 * 60
            AND e.home_team IN (s.home_team, s.away_team) AND e.away_team IN (s.home_team, s.away_team)
    )
    AND NOT EXISTS (
        SELECT 1
        FROM staging.source_games AS m
        WHERE m.source = 'mlb_stats_api' AND m.game_date BETWEEN s.game_date - 1 AND s.game_date + 1
            AND m.home_team IN (s.home_team, s.away_team) AND m.away_team IN (s.home_team, s.away_team)
    );
