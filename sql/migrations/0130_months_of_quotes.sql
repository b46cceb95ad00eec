-- Quotes, observations and sightings by months: what is read and vacuumed for a day is the day's months, however many
-- there are, and an old month is dropped instead of deleted row by row. The month is that of the stamp that is in the
-- table's key already, so that no key, no row and no INSERT changes; staging.quote_spans names the months of each listing,
-- which a statement gives as constants: partitions that are left out while it is planned cost nothing.
-- The tables of before become the partitions for the rest, untouched; staging.give_month moves their rows month by month.
-- depends: 0110_archived_months

CREATE SCHEMA staging_months;
COMMENT ON SCHEMA staging_months IS 'Partitions of tables of staging, one a month (UTC), and one for rows whose month has none. Read and write the tables of staging.';

CREATE TABLE staging.quote_spans (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    quotes_from TIMESTAMPTZ NOT NULL,
    quotes_until TIMESTAMPTZ NOT NULL CHECK (quotes_until > quotes_from),
    PRIMARY KEY (source_game_id, source)
);
COMMENT ON TABLE staging.quote_spans IS 'From which month to which each listing has rows in the tables that are divided by months. Triggers widen it; nothing narrows it.';
COMMENT ON COLUMN staging.quote_spans.source IS 'Source that reported the row, by its key in the source catalogue.';
COMMENT ON COLUMN staging.quote_spans.source_game_id IS 'The source''s own id of the game.';
COMMENT ON COLUMN staging.quote_spans.quotes_from IS 'Begin (UTC) of the month of its first stamp.';
COMMENT ON COLUMN staging.quote_spans.quotes_until IS 'End (UTC, exclusive) of the month of its last stamp.';

CREATE FUNCTION staging.month_stamp(table_name TEXT) RETURNS TEXT LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE table_name
        WHEN 'archive_quotes' THEN 'updated_at'
        WHEN 'source_quotes' THEN 'updated_at'
        WHEN 'quote_observations' THEN 'updated_at'
        WHEN 'game_sightings' THEN 'captured_at'
        WHEN 'market_sightings' THEN 'first_captured_at'
    END
$$;
COMMENT ON FUNCTION staging.month_stamp IS 'The column that divides a table of staging by months; NULL for tables that are not divided.';

CREATE FUNCTION staging.widen_spans() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
BEGIN
    EXECUTE format(
        'INSERT INTO staging.quote_spans AS s (source, source_game_id, quotes_from, quotes_until)
        SELECT a.source, a.source_game_id, a.first_month, a.last_month + INTERVAL ''1 month''
        FROM (
            SELECT source, source_game_id, date_trunc(''month'', min(%1$I)) AS first_month,
                date_trunc(''month'', max(%1$I)) AS last_month
            FROM arrived
            GROUP BY source, source_game_id
        ) AS a
        LEFT JOIN staging.quote_spans AS k ON k.source_game_id = a.source_game_id AND k.source = a.source
        WHERE (k.quotes_from <= a.first_month AND k.quotes_until > a.last_month) IS NOT TRUE
        ORDER BY a.source_game_id, a.source
        ON CONFLICT (source_game_id, source) DO UPDATE
        SET quotes_from = least(s.quotes_from, excluded.quotes_from),
            quotes_until = greatest(s.quotes_until, excluded.quotes_until)',
        staging.month_stamp(TG_TABLE_NAME)
    );
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION staging.widen_spans() FROM PUBLIC;

CREATE FUNCTION staging.copy_rights(original REGCLASS, copy REGCLASS) RETURNS VOID LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given RECORD;
BEGIN
    FOR given IN
        SELECT a.privilege_type, CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(a.grantee)) END AS role_name
        FROM pg_class AS c, aclexplode(c.relacl) AS a
        WHERE c.oid = original AND a.grantee <> c.relowner
    LOOP
        EXECUTE format('GRANT %s ON TABLE %s TO %s', given.privilege_type, copy, given.role_name);
    END LOOP;
END;
$$;
REVOKE EXECUTE ON FUNCTION staging.copy_rights(REGCLASS, REGCLASS) FROM PUBLIC;

-- Behind a lock that waits, every new reader waits: a backup reads the rest for an hour.
CREATE FUNCTION staging.give_month(table_name TEXT, month DATE) RETURNS BIGINT LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' SET lock_timeout = '3s' AS $$
DECLARE
    stamp TEXT := staging.month_stamp(table_name);
    first TIMESTAMPTZ := date_trunc('month', month::TIMESTAMPTZ);
    name TEXT := table_name || to_char(first, '_YYYY_MM');
    span TEXT;
    moved BIGINT;
BEGIN
    IF stamp IS NULL THEN
        RAISE 'staging.% is not divided by months', table_name;
    END IF;
    span := format('%I >= %L AND %I < %L', stamp, first, stamp, first + INTERVAL '1 month');
    IF to_regclass(format('staging_months.%I', name)) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    -- Before anything else: a reader of the rest would else wait for us while we wait for it.
    EXECUTE format('LOCK TABLE staging_months.%I IN ACCESS EXCLUSIVE MODE', table_name || '_rest');
    IF to_regclass(format('staging_months.%I', name)) IS NOT NULL THEN
        RETURN NULL;
    END IF;
    EXECUTE format('CREATE TABLE staging_months.%I (LIKE staging.%I INCLUDING ALL EXCLUDING INDEXES)', name, table_name);
    -- A game's rows lie beside each other, and the index is built in order.
    EXECUTE format(
        'INSERT INTO staging_months.%I SELECT * FROM staging_months.%I WHERE %s ORDER BY source_game_id, source, %I',
        name, table_name || '_rest', span, stamp
    );
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved > 0 THEN
        EXECUTE format('DELETE FROM staging_months.%I WHERE %s', table_name || '_rest', span);
    END IF;
    EXECUTE format(
        'ALTER TABLE staging.%I ATTACH PARTITION staging_months.%I FOR VALUES FROM (%L) TO (%L)',
        table_name, name, first, first + INTERVAL '1 month'
    );
    PERFORM staging.copy_rights(format('staging.%I', table_name)::REGCLASS, format('staging_months.%I', name)::REGCLASS);
    IF moved > 0 THEN
        EXECUTE format('ANALYZE staging_months.%I', name);
    END IF;
    RETURN moved;
END;
$$;
COMMENT ON FUNCTION staging.give_month IS 'Gives a month (UTC) of a divided table a partition of its own, and moves its rows there from the partition for the rest; gives the number of rows moved, NULL where it has one. Readers and writers of the rest wait meanwhile; it gives up after waiting 3 s for them (lock_not_available).';
REVOKE EXECUTE ON FUNCTION staging.give_month(TEXT, DATE) FROM PUBLIC;

DO $$
DECLARE
    divided RECORD;
    views TEXT[];
    view_text TEXT;
BEGIN
    SET LOCAL TimeZone = 'UTC';
    -- The views keep their rights and are the same text over the new tables.
    SELECT array_agg(format('CREATE OR REPLACE VIEW %s AS %s', v, pg_get_viewdef(v)))
    INTO views
    FROM unnest(ARRAY['staging.odds_history'::REGCLASS, 'staging.quote_sightings'::REGCLASS]) AS v;
    FOR divided IN
        SELECT t AS name, t || '_rest' AS rest, staging.month_stamp(t) AS stamp, c.oid::REGCLASS AS existing,
            obj_description(c.oid, 'pg_class') AS comment
        FROM unnest(ARRAY['archive_quotes', 'source_quotes', 'quote_observations', 'game_sightings', 'market_sightings']) AS t
        JOIN pg_class AS c ON c.oid = ('staging.' || t)::REGCLASS
    LOOP
        EXECUTE format(
            'INSERT INTO staging.quote_spans AS s
            SELECT source, source_game_id, date_trunc(''month'', min(%1$I)), date_trunc(''month'', max(%1$I)) + INTERVAL ''1 month''
            FROM staging.%2$I
            GROUP BY source, source_game_id
            ON CONFLICT (source_game_id, source) DO UPDATE
            SET quotes_from = least(s.quotes_from, excluded.quotes_from),
                quotes_until = greatest(s.quotes_until, excluded.quotes_until)',
            divided.stamp, divided.name
        );
        EXECUTE format('ALTER TABLE staging.%I RENAME TO %I', divided.name, divided.rest);
        EXECUTE format('ALTER TABLE staging.%I SET SCHEMA staging_months', divided.rest);
        EXECUTE format(
            'CREATE TABLE staging.%I (LIKE staging_months.%I INCLUDING ALL) PARTITION BY RANGE (%I)',
            divided.name, divided.rest, divided.stamp
        );
        EXECUTE format('COMMENT ON TABLE staging.%I IS %L', divided.name, divided.comment);
        PERFORM staging.copy_rights(
            format('staging_months.%I', divided.rest)::REGCLASS, format('staging.%I', divided.name)::REGCLASS
        );
        EXECUTE format(
            'ALTER TABLE staging.%I ATTACH PARTITION staging_months.%I DEFAULT', divided.name, divided.rest
        );
        EXECUTE format(
            'CREATE TRIGGER widen_spans AFTER INSERT ON staging.%I REFERENCING NEW TABLE AS arrived
            FOR EACH STATEMENT EXECUTE FUNCTION staging.widen_spans()',
            divided.name
        );
    END LOOP;
    FOREACH view_text IN ARRAY views LOOP
        EXECUTE view_text;
    END LOOP;
END
$$;

DROP TRIGGER log_inserts ON staging_months.source_quotes_rest;
DROP TRIGGER log_updates ON staging_months.source_quotes_rest;
DROP TRIGGER log_boards ON staging_months.game_sightings_rest;
CREATE TRIGGER log_inserts
    AFTER INSERT ON staging.source_quotes
    REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION staging.log_source_quotes();
CREATE TRIGGER log_updates
    AFTER UPDATE ON staging.source_quotes
    REFERENCING NEW TABLE AS arrived
    FOR EACH STATEMENT EXECUTE FUNCTION staging.log_source_quotes();
CREATE TRIGGER log_boards
    AFTER INSERT ON staging.game_sightings
    REFERENCING NEW TABLE AS captured
    FOR EACH STATEMENT EXECUTE FUNCTION staging.log_boards();

DO $$
DECLARE
    given TEXT;
BEGIN
    FOREACH given IN ARRAY ARRAY[
        'GRANT USAGE ON SCHEMA staging_months TO mlb_owner, mlb_pipeline',
        'GRANT EXECUTE ON FUNCTION staging.give_month(TEXT, DATE) TO mlb_owner, mlb_pipeline'
    ] LOOP
        BEGIN
            EXECUTE given;
        EXCEPTION
            WHEN insufficient_privilege OR undefined_object THEN
                RAISE NOTICE 'not granted: %', given;
        END;
    END LOOP;
END
$$;
