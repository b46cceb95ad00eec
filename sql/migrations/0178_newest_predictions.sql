-- The newest forecasts of a game in one place: five statements had the same descent of the index each.
-- depends: 0177_sides_of_a_listing

CREATE FUNCTION curated.newest_predictions(game_id BIGINT, model_names TEXT[]) RETURNS SETOF curated.ml_predictions
LANGUAGE SQL STABLE PARALLEL SAFE AS $$
SELECT p.*
FROM UNNEST(newest_predictions.model_names) AS m (model_name)
CROSS JOIN LATERAL (
    SELECT *
    FROM curated.ml_predictions AS o
    WHERE o.game_id = newest_predictions.game_id AND o.model_name = m.model_name
    ORDER BY o.prediction_timestamp DESC, o.id DESC
    LIMIT 1
) AS p
$$;
COMMENT ON FUNCTION curated.newest_predictions IS 'The newest forecast of a game by each of these models: one read by index each, however many decisions there were.';
