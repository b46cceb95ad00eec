-- history_forecasts.sql: which weather was forecast for the hour of each game's first pitch?
-- One row per game and forecast; an older issue that arrived after a newer one is left out. Unsorted.
-- Setting mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing);
-- mlb_ml.history_since: games up to that date are left out.
SELECT game_id, known_at AT TIME ZONE 'UTC' AS known_at, park_id, temperature_fahrenheit, wind_speed_mph, wind_from_degrees
FROM (
    SELECT
        e.id AS game_id, w.known_at, w.park_id, w.temperature_fahrenheit, w.wind_speed_mph, w.wind_from_degrees,
        w.issued_at, MAX(w.issued_at) OVER (PARTITION BY e.id ORDER BY w.known_at) AS newest_issue
    FROM curated.resolved_games AS e
    INNER JOIN curated.game_details AS d ON d.game_id = e.id
    INNER JOIN staging.weather_forecasts AS w ON w.park_id = d.park_id
    WHERE w.valid_at <= e.game_datetime
        AND w.valid_at > e.game_datetime - INTERVAL '1 hour'
        AND w.known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ
        AND e.game_date > current_setting('mlb_ml.history_since')::DATE
) AS forecast
WHERE issued_at = newest_issue;
