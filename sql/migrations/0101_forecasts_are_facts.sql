-- A resident pricer reads the history again where a weather forecast arrives: features of lineups use it.
-- depends: 0061_fact_arrivals, 0077_weather_forecasts

CREATE TRIGGER mlb_ml_log_inserted_facts AFTER INSERT ON staging.weather_forecasts REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION staging.log_facts();
CREATE TRIGGER mlb_ml_log_updated_facts AFTER UPDATE ON staging.weather_forecasts REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION staging.log_facts();
CREATE TRIGGER mlb_ml_log_deleted_facts AFTER DELETE ON staging.weather_forecasts REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION staging.log_facts();
