-- Which games got new quotes, in which transaction: what the odds sensor reads.
-- A side log, because ids are handed out at insert and not at commit (an id cursor loses the slow transaction for good),
-- and because the adopted odds table is not ours to give a column to.
-- depends: 0002_pipeline_tables

CREATE TABLE staging.quote_arrivals (
    xid XID8 NOT NULL DEFAULT pg_current_xact_id(),
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(255) NOT NULL,
    quotes INTEGER NOT NULL,
    newest_update TIMESTAMPTZ NOT NULL,
    arrived_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX quote_arrivals_by_transaction ON staging.quote_arrivals (xid);
COMMENT ON TABLE staging.quote_arrivals IS 'One row a statement and game. Read by snapshot difference: what the last poll''s snapshot could not see.';

CREATE FUNCTION staging.log_action_network_inserts() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update)
    SELECT 'action_network', external_game_id, COUNT(*), MAX(updated_at)
    FROM arrived
    GROUP BY external_game_id;
    RETURN NULL;
END;
$$;

CREATE FUNCTION staging.log_action_network_updates() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update)
    SELECT 'action_network', a.external_game_id, COUNT(*), MAX(a.updated_at)
    FROM arrived AS a
    JOIN replaced AS r USING (id)
    WHERE (a.odds, a.line_value, a.line_status) IS DISTINCT FROM (r.odds, r.line_value, r.line_status)
    GROUP BY a.external_game_id;
    RETURN NULL;
END;
$$;

CREATE TRIGGER mlb_ml_log_inserts
    AFTER INSERT ON staging.action_network_odds_historical
    REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION staging.log_action_network_inserts();

CREATE TRIGGER mlb_ml_log_updates
    AFTER UPDATE ON staging.action_network_odds_historical
    REFERENCING NEW TABLE AS arrived OLD TABLE AS replaced
    FOR EACH STATEMENT EXECUTE FUNCTION staging.log_action_network_updates();

CREATE FUNCTION staging.log_source_quotes() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update)
    SELECT source, source_game_id, COUNT(*), MAX(updated_at)
    FROM arrived
    GROUP BY source, source_game_id;
    RETURN NULL;
END;
$$;

CREATE TRIGGER log_inserts
    AFTER INSERT ON staging.source_quotes
    REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION staging.log_source_quotes();

CREATE TRIGGER log_updates
    AFTER UPDATE ON staging.source_quotes
    REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION staging.log_source_quotes();

-- Quotes that came before their game was known are new to the pipeline on the day that the game is linked.
CREATE FUNCTION staging.log_linked_games() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update)
    SELECT source, source_game_id, 1, linked_at
    FROM linked
    WHERE source NOT IN ('history_bundle', 'retrosheet', 'sbro', 'mlb_stats_api');
    RETURN NULL;
END;
$$;

CREATE TRIGGER log_links
    AFTER INSERT ON curated.game_identity
    REFERENCING NEW TABLE AS linked
    FOR EACH STATEMENT EXECUTE FUNCTION staging.log_linked_games();
