-- Predictions that are impossible, or stamped after their game's cutoff, are found without reading the others: their check
-- runs with every pricing and read every decision of the day.
-- depends: 0180_newest_bets

DO $$
BEGIN
    -- A table that another program owns keeps its own indexes, and a difference of stamps of two types can have none.
    IF pg_has_role((SELECT relowner FROM pg_class WHERE oid = 'curated.ml_predictions'::REGCLASS), 'USAGE')
        AND (
            SELECT BOOL_AND(atttypid = 'TIMESTAMPTZ'::REGTYPE)
            FROM pg_attribute
            WHERE attrelid = 'curated.ml_predictions'::REGCLASS
                AND attname IN ('market_close_time', 'prediction_timestamp')
        )
    THEN
        CREATE INDEX ml_predictions_out_of_range ON curated.ml_predictions (game_id)
        WHERE home_ml_probability NOT BETWEEN 0.02 AND 0.98
            OR total_over_probability NOT BETWEEN 0.02 AND 0.98
            OR home_spread_probability NOT BETWEEN 0.02 AND 0.98
            OR market_close_time - prediction_timestamp < INTERVAL '1 hour';
    END IF;
END;
$$;
