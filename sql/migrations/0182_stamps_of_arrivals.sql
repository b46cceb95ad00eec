-- Whether quotes that arrived are stamped ahead of the clock is seen from the log of arrivals: every pricing read all quotes
-- of the games that moved to find none.
-- depends: 0181_predictions_out_of_range

ALTER TABLE staging.quote_arrivals ADD COLUMN newest_stamp TIMESTAMPTZ;
COMMENT ON COLUMN staging.quote_arrivals.newest_stamp IS 'Latest stamp of these quotes, the book''s own or their writer''s (UTC): all of them may be used from then on. NULL where it was not looked up.';

CREATE OR REPLACE FUNCTION staging.log_action_network_inserts() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update, newest_stamp)
    SELECT 'action_network', external_game_id, COUNT(*), MAX(updated_at), MAX(GREATEST(updated_at, data_collection_time))
    FROM arrived
    GROUP BY external_game_id;
    INSERT INTO staging.odds_games (external_game_id)
    SELECT DISTINCT a.external_game_id
    FROM arrived AS a
    WHERE NOT EXISTS (SELECT 1 FROM staging.odds_games AS o WHERE o.external_game_id = a.external_game_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION staging.log_action_network_updates() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update, newest_stamp)
    SELECT 'action_network', a.external_game_id, COUNT(*), MAX(a.updated_at),
        MAX(GREATEST(a.updated_at, a.data_collection_time))
    FROM arrived AS a
    JOIN replaced AS r USING (id)
    WHERE (a.odds, a.line_value, a.line_status) IS DISTINCT FROM (r.odds, r.line_value, r.line_status)
    GROUP BY a.external_game_id;
    RETURN NULL;
END;
$$;

CREATE OR REPLACE FUNCTION staging.log_source_quotes() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update, newest_stamp)
    SELECT source, source_game_id, COUNT(*), MAX(updated_at), MAX(GREATEST(updated_at, captured_at))
    FROM arrived
    GROUP BY source, source_game_id;
    RETURN NULL;
END;
$$;
