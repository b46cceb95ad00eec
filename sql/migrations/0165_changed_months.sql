-- Which months of the archive tier's tables changed since its last pass: comparing their rows with the files costs more
-- than reading either (a season's training frame: .9 of 1.2 s). Triggers append what changed, whoever writes; the pass
-- deletes what it saw in the snapshot in which it compares the rows, so that a month without a mark in a reader's snapshot has
-- the rows that the pass compared. Nothing is updated: no writer waits for another.
-- depends: 0132_months_held_by_the_tier_alone, 0050_states_as_of

CREATE TABLE curated.changed_months (
    table_name VARCHAR(100) NOT NULL,
    month DATE,
    moved_by XID8
);
COMMENT ON TABLE curated.changed_months IS 'Months of tables of the archive tier whose rows changed since its last pass, one row or more for each statement that changed some; months that are not over yet are left out.';
COMMENT ON COLUMN curated.changed_months.table_name IS 'The table or view, with its schema.';
COMMENT ON COLUMN curated.changed_months.month IS 'First day of the month, as in curated.archived_months; NULL: the table was truncated, every month changed.';
COMMENT ON COLUMN curated.changed_months.moved_by IS 'The transaction that gave games of the month another date, or brought or removed them; NULL for other changes. Such a mark stays until every transaction that wrote rows of the game under its earlier date has ended.';

CREATE TABLE curated.archive_passes (
    table_name VARCHAR(100) PRIMARY KEY,
    through DATE NOT NULL,
    shape CHAR(32) NOT NULL,
    compared_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE curated.archive_passes IS 'How far the last pass of the archive tier compared the rows of each table with its files: an earlier month without a file has no rows, unless it changed since.';
COMMENT ON COLUMN curated.archive_passes.table_name IS 'The table or view, with its schema.';
COMMENT ON COLUMN curated.archive_passes.through IS 'First day of the last month that was compared.';
COMMENT ON COLUMN curated.archive_passes.shape IS 'Digest of the columns, and of a view''s text, that the files were written with.';
COMMENT ON COLUMN curated.archive_passes.compared_at IS 'Instant (UTC) of the pass.';

CREATE FUNCTION curated.month_shape(relation REGCLASS) RETURNS CHAR(32) LANGUAGE SQL STABLE
SET search_path = pg_catalog, pg_temp AS $$
    SELECT md5(
        string_agg(format('%s %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)
        || CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) ELSE '' END
    )
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.oid = month_shape.relation
    GROUP BY c.oid, c.relkind
$$;
COMMENT ON FUNCTION curated.month_shape IS 'Digest of the columns of a table or view, and of a view''s text: a change of it changes every month without touching a row.';

-- A month is closed a week after its last day. One that ended less than three days ago has no mark, because no pass may
-- compare it before its sixth day (archived_months.py): a transaction would have to stay open for three days in between.
CREATE FUNCTION curated.note_changed_months(tables TEXT[], months DATE[], moved_by XID8 DEFAULT NULL) RETURNS VOID LANGUAGE SQL
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
    INSERT INTO curated.changed_months (table_name, month, moved_by)
    SELECT t.table_name, m.month, note_changed_months.moved_by
    FROM unnest(tables) AS t (table_name)
    CROSS JOIN unnest(months) AS m (month)
    WHERE m.month + INTERVAL '1 month' <= now() - INTERVAL '3 days'
        OR m.month <= (SELECT p.through FROM curated.archive_passes AS p WHERE p.table_name = t.table_name)
$$;
COMMENT ON FUNCTION curated.note_changed_months IS 'Notes that months of tables of the archive tier changed, so that it answers for none of them before its next pass.';
REVOKE EXECUTE ON FUNCTION curated.note_changed_months(TEXT[], DATE[], XID8) FROM PUBLIC;

CREATE FUNCTION curated.note_truncated() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO curated.changed_months (table_name) SELECT unnest(TG_ARGV);
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION curated.note_truncated() FROM PUBLIC;

-- Tables divided by a stamp: TG_ARGV[0] is its column.
CREATE FUNCTION curated.note_months_of_stamps() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET TimeZone = 'UTC' AS $$
DECLARE
    part TEXT;
    first DATE;
    last DATE;
    months DATE[] := '{}';
BEGIN
    -- An INSERT ... ON CONFLICT is an UPDATE too, nearly always of no row.
    IF TG_OP = 'UPDATE' THEN
        IF NOT EXISTS (SELECT FROM arrived) THEN
            RETURN NULL;
        END IF;
    END IF;
    FOREACH part IN ARRAY CASE TG_OP WHEN 'INSERT' THEN '{arrived}' WHEN 'DELETE' THEN '{replaced}' ELSE '{arrived,replaced}' END::TEXT[] LOOP
        -- Two extremes, because nearly every statement is within a month, and the month of each row costs five times as much.
        EXECUTE format('SELECT date_trunc(''month'', min(%1$I)), date_trunc(''month'', max(%1$I)) FROM %2$I', TG_ARGV[0], part)
        INTO first, last;
        IF first = last THEN
            months := months || first;
        ELSIF first < last THEN
            EXECUTE format(
                'SELECT $1 || array_agg(DISTINCT date_trunc(''month'', %1$I)::DATE) FROM %2$I', TG_ARGV[0], part
            ) INTO months USING months;
        END IF;
    END LOOP;
    IF months <> '{}' THEN
        PERFORM curated.note_changed_months(
            ARRAY[TG_TABLE_SCHEMA || '.' || TG_TABLE_NAME], ARRAY(SELECT DISTINCT unnest(months))
        );
    END IF;
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION curated.note_months_of_stamps() FROM PUBLIC;

-- Tables whose rows are of a game: TG_ARGV[0] is the tier's table or view, TG_ARGV[1] the column of the game.
CREATE FUNCTION curated.note_months_of_games() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part TEXT;
    found DATE[];
    months DATE[] := '{}';
BEGIN
    -- An INSERT ... ON CONFLICT is an UPDATE too, nearly always of no row.
    IF TG_OP = 'UPDATE' THEN
        IF NOT EXISTS (SELECT FROM arrived) THEN
            RETURN NULL;
        END IF;
    END IF;
    FOREACH part IN ARRAY CASE TG_OP WHEN 'INSERT' THEN '{arrived}' WHEN 'DELETE' THEN '{replaced}' ELSE '{arrived,replaced}' END::TEXT[] LOOP
        -- A fence: a game of a slate is looked up, however many there are.
        EXECUTE format(
            'SELECT array_agg(DISTINCT date_trunc(''month'', g.game_date)::DATE)
            FROM (SELECT DISTINCT %1$I AS id FROM %2$I) AS c
            CROSS JOIN LATERAL (SELECT e.game_date FROM curated.enhanced_games AS e WHERE e.id = c.id OFFSET 0) AS g',
            TG_ARGV[1], part
        ) INTO found;
        months := months || found;
    END LOOP;
    IF months <> '{}' THEN
        PERFORM curated.note_changed_months(string_to_array(TG_ARGV[0], ','), ARRAY(SELECT DISTINCT unnest(months)));
    END IF;
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION curated.note_months_of_games() FROM PUBLIC;

-- What a source lists: the months of the games that it is linked with.
CREATE FUNCTION curated.note_months_of_listings() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part TEXT;
    found DATE[];
    months DATE[] := '{}';
BEGIN
    -- An INSERT ... ON CONFLICT is an UPDATE too, nearly always of no row.
    IF TG_OP = 'UPDATE' THEN
        IF NOT EXISTS (SELECT FROM arrived) THEN
            RETURN NULL;
        END IF;
    END IF;
    FOREACH part IN ARRAY CASE TG_OP WHEN 'INSERT' THEN '{arrived}' WHEN 'DELETE' THEN '{replaced}' ELSE '{arrived,replaced}' END::TEXT[] LOOP
        EXECUTE format(
            'SELECT array_agg(DISTINCT date_trunc(''month'', g.game_date)::DATE)
            FROM %I AS c
            CROSS JOIN LATERAL (
                SELECT i.game_id FROM curated.game_identity AS i
                WHERE i.source = c.source AND i.source_game_id = c.source_game_id
                OFFSET 0
            ) AS i
            CROSS JOIN LATERAL (SELECT e.game_date FROM curated.enhanced_games AS e WHERE e.id = i.game_id OFFSET 0) AS g',
            part
        ) INTO found;
        months := months || found;
    END LOOP;
    IF months <> '{}' THEN
        PERFORM curated.note_changed_months('{staging.linked_games}', ARRAY(SELECT DISTINCT unnest(months)));
    END IF;
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION curated.note_months_of_listings() FROM PUBLIC;

-- The games themselves: one that comes, goes or moves takes the rows of all tables along, TG_ARGV[0]; one that changes in
-- another way is in the views alone, TG_ARGV[1].
CREATE FUNCTION curated.note_months_of_days() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    months DATE[];
    moved DATE[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        moved := ARRAY(SELECT DISTINCT date_trunc('month', game_date)::DATE FROM arrived);
    ELSIF TG_OP = 'DELETE' THEN
        moved := ARRAY(SELECT DISTINCT date_trunc('month', game_date)::DATE FROM replaced);
    ELSE
        months := ARRAY(SELECT DISTINCT date_trunc('month', game_date)::DATE FROM arrived);
        moved := ARRAY(
            SELECT DISTINCT date_trunc('month', d.game_date)::DATE
            FROM (
                (SELECT id, game_date FROM arrived EXCEPT SELECT id, game_date FROM replaced)
                UNION ALL
                (SELECT id, game_date FROM replaced EXCEPT SELECT id, game_date FROM arrived)
            ) AS d
        );
        IF months <> '{}' THEN
            PERFORM curated.note_changed_months(string_to_array(TG_ARGV[1], ','), months);
        END IF;
    END IF;
    IF moved <> '{}' THEN
        PERFORM curated.note_changed_months(string_to_array(TG_ARGV[0], ','), moved, pg_current_xact_id());
    END IF;
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION curated.note_months_of_days() FROM PUBLIC;

-- Corrections: the game is in the view at its corrected date, in other tables at that of its row.
CREATE FUNCTION curated.note_months_of_corrections() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part TEXT;
    found DATE[];
    months DATE[] := '{}';
BEGIN
    FOREACH part IN ARRAY CASE TG_OP WHEN 'INSERT' THEN '{arrived}' WHEN 'DELETE' THEN '{replaced}' ELSE '{arrived,replaced}' END::TEXT[] LOOP
        EXECUTE format(
            'SELECT array_agg(DISTINCT date_trunc(''month'', d.game_date)::DATE)
            FROM (
                SELECT game_date FROM %1$I
                UNION ALL
                SELECT e.game_date FROM %1$I AS c JOIN curated.enhanced_games AS e ON e.id = c.game_id
            ) AS d',
            part
        ) INTO found;
        months := months || found;
    END LOOP;
    IF months <> '{}' THEN
        PERFORM curated.note_changed_months('{curated.resolved_games,staging.linked_games}', ARRAY(SELECT DISTINCT unnest(months)));
    END IF;
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION curated.note_months_of_corrections() FROM PUBLIC;

DO $$
DECLARE
    of_games CONSTANT TEXT := 'curated.game_details,curated.market_lines,curated.game_features,'
        'curated.ml_feature_vectors,curated.ml_predictions,curated.ml_recommendations';
    of_views CONSTANT TEXT := 'curated.resolved_games,staging.linked_games';
    watched RECORD;
    event RECORD;
    name TEXT;
BEGIN
    FOR watched IN
        SELECT 'curated.' || t AS relation, 'note_months_of_games' AS noting, ARRAY['curated.' || t, 'game_id'] AS given, 'curated.' || t AS truncated
        FROM unnest(ARRAY[
            'game_details', 'market_lines', 'game_features', 'ml_feature_vectors', 'ml_predictions', 'ml_recommendations'
        ]) AS t
        UNION ALL
        SELECT 'staging.' || t, 'note_months_of_stamps', ARRAY[COALESCE(staging.month_stamp(t), 'updated_at')], 'staging.' || t
        FROM unnest(ARRAY[
            'archive_quotes', 'source_quotes', 'quote_observations', 'game_sightings', 'market_sightings',
            'action_network_odds_historical'
        ]) AS t
        UNION ALL VALUES
            ('curated.enhanced_games', 'note_months_of_days', ARRAY[of_games || ',' || of_views, of_views], of_games || ',' || of_views),
            ('curated.game_corrections', 'note_months_of_corrections', '{}', of_views),
            ('curated.duplicate_games', 'note_months_of_games', ARRAY['curated.resolved_games', 'duplicate_id'], of_views),
            ('curated.game_identity', 'note_months_of_games', ARRAY['staging.linked_games', 'game_id'], of_views),
            ('staging.source_games', 'note_months_of_listings', '{}', of_views)
    LOOP
        FOR event IN
            VALUES
                ('INSERT', 'REFERENCING NEW TABLE AS arrived'),
                ('UPDATE', 'REFERENCING NEW TABLE AS arrived OLD TABLE AS replaced'),
                ('DELETE', 'REFERENCING OLD TABLE AS replaced'),
                ('TRUNCATE', '')
        LOOP
            name := 'mlb_ml_note_' || lower(event.column1);
            EXECUTE format(
                'CREATE TRIGGER %I AFTER %s ON %s %s FOR EACH STATEMENT EXECUTE FUNCTION curated.%I(%s)',
                name, event.column1, watched.relation, event.column2,
                CASE event.column1 WHEN 'TRUNCATE' THEN 'note_truncated' ELSE watched.noting END,
                (
                    SELECT string_agg(quote_literal(a), ', ')
                    FROM unnest(
                        CASE event.column1 WHEN 'TRUNCATE' THEN string_to_array(watched.truncated, ',') ELSE watched.given END
                    ) AS a
                )
            );
            BEGIN
                -- Also for a session that replays another database's changes.
                EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', watched.relation, name);
            EXCEPTION
                WHEN insufficient_privilege THEN
                    RAISE NOTICE 'not enabled for replicas: % on %', name, watched.relation;
            END;
        END LOOP;
    END LOOP;
END
$$;

DO $$
BEGIN
    GRANT EXECUTE ON FUNCTION curated.note_changed_months(TEXT[], DATE[], XID8) TO mlb_owner, mlb_pipeline;
EXCEPTION
    WHEN insufficient_privilege OR undefined_object THEN
        RAISE NOTICE 'not granted: curated.note_changed_months';
END
$$;
