-- A record's sides in the words of its game, in one place; and hashes of keys for those alone who compare them.
-- depends: 0017_schedule_history

CREATE FUNCTION staging.side_of_game(side VARCHAR, reversed BOOLEAN) RETURNS VARCHAR
LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN reversed AND side = 'home' THEN 'away' WHEN reversed AND side = 'away' THEN 'home' ELSE side END
$$;
COMMENT ON FUNCTION staging.side_of_game IS 'A record''s side as its game has it: home and away change places where staging.linked_games says reversed.';

DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'mlb_pipeline') THEN
        REVOKE SELECT ON mlb_ml.api_keys FROM mlb_pipeline;
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'not revoked: SELECT ON mlb_ml.api_keys FROM mlb_pipeline';
END
$$;
