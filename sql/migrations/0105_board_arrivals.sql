-- Which listings were captured again since the resident pricer came: what it shows may be a pulled price, or only that
-- a price was seen later, so that their lines are built again although no quote is new.
-- depends: 0061_fact_arrivals

CREATE TABLE staging.board_arrivals (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(255) NOT NULL,
    arrived_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE staging.board_arrivals IS 'One row a capture of a listing whose board it showed, until the resident pricer has built its lines again.';
COMMENT ON COLUMN staging.board_arrivals.source IS 'The source that lists the game.';
COMMENT ON COLUMN staging.board_arrivals.source_game_id IS 'Its own id of the game.';
COMMENT ON COLUMN staging.board_arrivals.arrived_at IS 'Instant (UTC) at which the capture was stored.';

CREATE FUNCTION staging.log_boards() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO staging.board_arrivals (source, source_game_id)
    SELECT DISTINCT source, source_game_id
    FROM captured;
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION staging.log_boards() FROM PUBLIC;

CREATE TRIGGER log_boards
    AFTER INSERT ON staging.game_sightings
    REFERENCING NEW TABLE AS captured
    FOR EACH STATEMENT EXECUTE FUNCTION staging.log_boards();
