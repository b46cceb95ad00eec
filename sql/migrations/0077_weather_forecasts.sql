-- Weather forecasts of parks, each with the instants of its issue and of its arrival.
-- depends: 0019_column_comments

CREATE TABLE staging.weather_forecasts (
    source VARCHAR(30) NOT NULL,
    park_id VARCHAR(10) NOT NULL,
    valid_at TIMESTAMPTZ NOT NULL,
    issued_at TIMESTAMPTZ NOT NULL,
    known_at TIMESTAMPTZ NOT NULL CHECK (known_at >= issued_at),
    assumed BOOLEAN NOT NULL,
    temperature_fahrenheit REAL NOT NULL,
    wind_speed_mph REAL NOT NULL,
    wind_from_degrees REAL CHECK (wind_from_degrees BETWEEN 0 AND 360),
    precipitation_probability REAL CHECK (precipitation_probability BETWEEN 0 AND 1),
    humidity REAL CHECK (humidity BETWEEN 0 AND 1),
    PRIMARY KEY (park_id, valid_at, source, issued_at)
);
COMMENT ON TABLE staging.weather_forecasts IS 'Hourly forecasts of parks: one row an hour and issue. Nothing observed, and nothing stitched together afterwards.';
COMMENT ON COLUMN staging.weather_forecasts.source IS 'Source that reported the row, by its key in the catalog of sources.';
COMMENT ON COLUMN staging.weather_forecasts.park_id IS 'Park, by Retrosheet''s code.';
COMMENT ON COLUMN staging.weather_forecasts.valid_at IS 'Begin (UTC) of the hour that is forecast.';
COMMENT ON COLUMN staging.weather_forecasts.issued_at IS 'Instant (UTC) at which the forecast was issued; that of the capture where the source has no such stamp.';
COMMENT ON COLUMN staging.weather_forecasts.known_at IS 'Instant (UTC) from which the forecast may be used: its first capture, or by its lead where it was fetched afterwards.';
COMMENT ON COLUMN staging.weather_forecasts.assumed IS 'Whether known_at follows from the lead because nobody captured the forecast then.';
COMMENT ON COLUMN staging.weather_forecasts.temperature_fahrenheit IS 'Air temperature, degrees Fahrenheit.';
COMMENT ON COLUMN staging.weather_forecasts.wind_speed_mph IS 'Wind speed ten meters above ground, miles an hour.';
COMMENT ON COLUMN staging.weather_forecasts.wind_from_degrees IS 'Direction that the wind comes from, degrees from north; NULL for calm or variable wind.';
COMMENT ON COLUMN staging.weather_forecasts.precipitation_probability IS 'Probability of precipitation in the hour, 0 to 1; NULL where not forecast.';
COMMENT ON COLUMN staging.weather_forecasts.humidity IS 'Relative humidity, 0 to 1; NULL where not forecast.';
