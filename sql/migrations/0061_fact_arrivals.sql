-- Which transactions changed what a resident pricer keeps in memory: games, schedules, results, announcements, models.
-- One row a transaction, whatever it changed: the pricer reads everything again. Statements that change no row log none.
-- depends: 0007_quote_arrivals, 0016_champions, 0026_games_of_other_programs, 0036_player_lines

CREATE TABLE staging.fact_arrivals (
    xid XID8 PRIMARY KEY DEFAULT pg_current_xact_id(),
    first_table VARCHAR(100) NOT NULL,
    arrived_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE staging.fact_arrivals IS 'One row a transaction that changed facts, the schedule or the usable models, until the resident pricer has read them again.';
COMMENT ON COLUMN staging.fact_arrivals.xid IS 'The transaction.';
COMMENT ON COLUMN staging.fact_arrivals.first_table IS 'The first table that it changed.';
COMMENT ON COLUMN staging.fact_arrivals.arrived_at IS 'Instant (UTC) of that change.';

-- With the rights of the role that migrates: other programs write curated.enhanced_games, and have none on staging.
CREATE FUNCTION staging.log_facts() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO staging.fact_arrivals (first_table)
    SELECT TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME
    WHERE EXISTS (SELECT 1 FROM changed)
    ON CONFLICT (xid) DO NOTHING;
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION staging.log_facts() FROM PUBLIC;

DO $$
DECLARE
    logged TEXT;
BEGIN
    FOREACH logged IN ARRAY ARRAY[
        'staging.source_games', 'staging.game_status_history', 'staging.game_results', 'staging.game_conditions',
        'staging.probable_starters', 'staging.lineups', 'staging.lineup_positions', 'staging.starter_lines',
        'staging.bullpen_lines', 'staging.team_lines', 'staging.batter_lines', 'staging.pitcher_lines', 'staging.people',
        'staging.book_catalogue', 'curated.enhanced_games', 'curated.game_identity', 'curated.game_details',
        'curated.game_corrections', 'curated.duplicate_games', 'curated.feature_generations', 'curated.game_models',
        'curated.champions', 'staging.action_network_games'
    ]
    LOOP
        EXECUTE format(
            'CREATE TRIGGER mlb_ml_log_inserted_facts AFTER INSERT ON %s REFERENCING NEW TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION staging.log_facts()', logged
        );
        EXECUTE format(
            'CREATE TRIGGER mlb_ml_log_updated_facts AFTER UPDATE ON %s REFERENCING NEW TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION staging.log_facts()', logged
        );
        EXECUTE format(
            'CREATE TRIGGER mlb_ml_log_deleted_facts AFTER DELETE ON %s REFERENCING OLD TABLE AS changed '
            'FOR EACH STATEMENT EXECUTE FUNCTION staging.log_facts()', logged
        );
    END LOOP;
END;
$$;
