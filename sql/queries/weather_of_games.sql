-- weather_of_games.sql: what weather was known for each game's first pitch at an instant?
-- One row a request with any: the newest forecast of the hour of the scheduled start, else an archive's observation.
-- %(places)s, %(games)s, %(instants)s: number, game and as-of instant of each request.
WITH asked AS (
    SELECT r.place, r.game_id, r.as_of, g.game_datetime AS start, d.park_id
    FROM UNNEST(%(places)s::INTEGER[], %(games)s::INTEGER[], %(instants)s::TIMESTAMPTZ[]) AS r (place, game_id, as_of)
    INNER JOIN curated.resolved_games AS g ON g.id = r.game_id
    INNER JOIN curated.game_details AS d ON d.game_id = r.game_id
)
SELECT
    a.place, a.park_id, COALESCE(f.source, o.source) AS source, COALESCE(f.known_at, o.known_at) AS known_at,
    COALESCE(f.assumed, o.assumed) AS assumed,
    COALESCE(f.temperature_fahrenheit, o.temperature_fahrenheit::REAL) AS temperature_fahrenheit,
    COALESCE(f.wind_speed_mph, o.wind_speed_mph::REAL) AS wind_speed_mph, f.wind_from_degrees,
    CASE WHEN f.source IS NULL THEN o.wind_direction END AS wind_direction, f.precipitation_probability,
    CASE WHEN f.source IS NULL THEN o.roof_closed END AS roof_closed
FROM asked AS a
LEFT JOIN LATERAL (
    SELECT w.*
    FROM staging.weather_forecasts AS w
    WHERE w.park_id = a.park_id
        AND w.valid_at <= a.start AND w.valid_at > a.start - INTERVAL '1 hour'
        AND w.known_at <= a.as_of
    ORDER BY w.issued_at DESC, w.source
    LIMIT 1
) AS f ON TRUE
LEFT JOIN LATERAL (
    SELECT 'observed' AS source, c.known_at, c.assumed, c.temperature_fahrenheit, c.wind_speed_mph, c.wind_direction,
        c.roof_closed
    FROM curated.game_identity AS i
    INNER JOIN staging.game_conditions AS c USING (source, source_game_id)
    WHERE i.game_id = a.game_id AND c.assumed AND c.known_at <= a.as_of AND f.source IS NULL
        AND COALESCE(c.temperature_fahrenheit, c.wind_speed_mph) IS NOT NULL
    ORDER BY c.known_at DESC, i.source
    LIMIT 1
) AS o ON TRUE
WHERE COALESCE(f.source, o.source) IS NOT NULL;
