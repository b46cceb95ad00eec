-- Who may do what in this database, and the keys of the Prediction API.
-- Roles belong to the whole server: they are made where missing and where we may, and nothing fails where we may not
-- (a given server's roles are its owner's business; the API then reads as the user it was given).
-- depends: 0002_pipeline_tables

CREATE TABLE mlb_ml.api_keys (
    key_id VARCHAR(12) PRIMARY KEY,
    label VARCHAR(100) NOT NULL,
    key_sha256 BYTEA NOT NULL UNIQUE CHECK (octet_length(key_sha256) = 32),
    requests_per_minute INTEGER CHECK (requests_per_minute > 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    expires_at TIMESTAMPTZ,
    revoked_at TIMESTAMPTZ
);
COMMENT ON TABLE mlb_ml.api_keys IS 'Keys of the Prediction API: the hash only, the key is shown once when it is made. Several are valid at a time, so that clients change over before the old one is revoked.';

DO $$
DECLARE
    role_name TEXT;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['mlb_owner', 'mlb_pipeline', 'mlb_api'] LOOP
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

-- mlb_owner: everything, to migrate. mlb_pipeline: rows. mlb_api: reading what is served, never the raw payloads.
DO $$
DECLARE
    given RECORD;
BEGIN
    FOR given IN
        WITH schemas (schema_name, owner_may, pipeline_may, api_may) AS (
            VALUES
                ('raw_data', 'ALL', 'SELECT, INSERT, UPDATE, DELETE', NULL),
                ('staging', 'ALL', 'SELECT, INSERT, UPDATE, DELETE', 'SELECT'),
                ('curated', 'ALL', 'SELECT, INSERT, UPDATE, DELETE', 'SELECT'),
                ('mlb_ml', 'ALL', 'SELECT', NULL)
        ),
        rights AS (
            SELECT s.schema_name, r.role_name, r.may
            FROM schemas AS s
            CROSS JOIN LATERAL (
                VALUES ('mlb_owner', s.owner_may), ('mlb_pipeline', s.pipeline_may), ('mlb_api', s.api_may)
            ) AS r (role_name, may)
            JOIN pg_catalog.pg_roles AS known ON known.rolname = r.role_name
            WHERE r.may IS NOT NULL
        )
        SELECT 1 AS position, format('GRANT USAGE ON SCHEMA %I TO %I', schema_name, role_name) AS statement
        FROM rights
        UNION ALL
        SELECT 1, format('GRANT CREATE ON SCHEMA %I TO mlb_owner', schema_name)
        FROM rights WHERE role_name = 'mlb_owner'
        UNION ALL
        SELECT 2, format('GRANT %s ON %I.%I TO %I', rights.may, n.nspname, c.relname, rights.role_name)
        FROM rights
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = rights.schema_name
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
        UNION ALL
        SELECT 2, format('GRANT USAGE, SELECT ON SEQUENCE %I.%I TO %I', n.nspname, c.relname, rights.role_name)
        FROM rights
        JOIN pg_catalog.pg_namespace AS n ON n.nspname = rights.schema_name
        JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relkind = 'S'
        WHERE rights.role_name IN ('mlb_owner', 'mlb_pipeline')
        UNION ALL
        -- Tables of later migrations.
        SELECT 3, format(
            'ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT %s ON TABLES TO %I', schema_name, may, role_name
        )
        FROM rights
        UNION ALL
        SELECT 3, format(
            'ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %I', schema_name, role_name
        )
        FROM rights WHERE role_name IN ('mlb_owner', 'mlb_pipeline')
        UNION ALL
        SELECT 4, statement
        FROM (VALUES
            ('GRANT USAGE ON SCHEMA mlb_ml TO mlb_api'),
            ('GRANT SELECT ON mlb_ml.api_keys TO mlb_api')
        ) AS keys (statement)
        WHERE EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'mlb_api')
        UNION ALL
        -- So that whoever migrates can also run the API, which takes the role on itself (SET ROLE).
        SELECT 4, format('GRANT mlb_api TO %I', CURRENT_USER)
        WHERE EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'mlb_api')
            AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = CURRENT_USER AND rolsuper)
        ORDER BY 1
    LOOP
        BEGIN
            EXECUTE given.statement;
        EXCEPTION
            WHEN insufficient_privilege THEN
                RAISE NOTICE 'not granted: %', given.statement;
        END;
    END LOOP;
END
$$;
