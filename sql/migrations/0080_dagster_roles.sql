-- Roles for Dagster's processes: its web server and daemon, which need its tables and nothing of ours, and its code server,
-- whose runs are the pipeline. Without logins until `mlb-ml migrate --logins` gives them; roles belong to the whole server,
-- so that nothing fails where we may not create them.
-- depends: 0047_mlflow_role

DO $$
DECLARE
    role_name TEXT;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['mlb_dagster', 'mlb_code'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = role_name) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
            END IF;
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'role % is missing and % may not create it', role_name, CURRENT_USER;
            -- Another database of this server is migrated at the same time.
            WHEN duplicate_object OR unique_violation THEN
                NULL;
        END;
    END LOOP;
END
$$;

DO $$
DECLARE
    given TEXT;
BEGIN
    FOREACH given IN ARRAY ARRAY[
        'GRANT mlb_pipeline, mlb_dagster TO mlb_code',
        -- Every program of ours compares the number of migrations before it works.
        'GRANT USAGE ON SCHEMA mlb_ml TO mlb_dagster',
        'GRANT SELECT ON mlb_ml.migration_checksums TO mlb_dagster'
    ] LOOP
        BEGIN
            EXECUTE given;
        EXCEPTION
            WHEN insufficient_privilege OR undefined_object OR undefined_table THEN
                RAISE NOTICE 'not granted: %', given;
        END;
    END LOOP;
END
$$;
