-- history_conditions.sql: what was the weather, and who stood behind the plate?
-- The most believed source that has such a fact of the game gives all its versions, one row a version.
-- Setting mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
WITH best AS (
    SELECT l.game_id, MIN(l.rank) AS rank
    FROM staging.linked_games AS l
    JOIN staging.game_conditions AS r USING (source, source_game_id)
    GROUP BY l.game_id
)
SELECT DISTINCT ON (l.game_id, r.known_at)
    l.game_id, r.known_at AT TIME ZONE 'UTC' AS known_at,
    r.temperature_fahrenheit, r.wind_speed_mph, r.wind_direction, r.sky, r.precipitation, r.roof_closed, r.umpire_id
FROM best AS b
JOIN staging.linked_games AS l USING (game_id, rank)
JOIN staging.game_conditions AS r USING (source, source_game_id)
WHERE r.known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ
ORDER BY l.game_id, r.known_at, l.source;
