-- create_games.sql: make rows for games that no row is there for, from the records that tell of them.
-- One row per pair of arrays :numbers (the caller's own), :sources, :source_game_ids; returns number and new id.
-- Only what a row cannot be without: update_enhanced_games.sql fills in the rest.
WITH wanted AS (
    SELECT w.number, NEXTVAL(PG_GET_SERIAL_SEQUENCE('curated.enhanced_games', 'id')) AS id, g.*
    FROM UNNEST(%(numbers)s::INTEGER[], %(sources)s::VARCHAR[], %(source_game_ids)s::VARCHAR[])
        AS w (number, source, source_game_id)
    JOIN staging.source_games AS g USING (source, source_game_id)
    ORDER BY g.game_date, g.scheduled_start, g.source_game_id
),
made AS (
    INSERT INTO curated.enhanced_games (
        id, mlb_stats_api_game_id, home_team, away_team, game_date, game_datetime, season, season_type, game_number,
        mlb_correlation_confidence
    )
    SELECT
        id, game_pk::VARCHAR(50), home_team, away_team, game_date, scheduled_start, season, season_type,
        LEAST(game_number, 2), CASE WHEN game_pk IS NULL THEN 0 ELSE 1 END
    FROM wanted
    RETURNING id
)
SELECT w.number, w.id::INTEGER
FROM wanted AS w
JOIN made AS m USING (id);
