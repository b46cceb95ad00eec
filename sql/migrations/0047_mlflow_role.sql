-- A role for the MLflow server, which needs its own schema and nothing of ours. Without a login until `mlb-ml migrate
-- --logins` gives it one; roles belong to the whole server, so that nothing fails where we may not create it.
-- depends: 0012_roles_and_api_keys

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'mlb_mlflow') THEN
        CREATE ROLE mlb_mlflow NOLOGIN;
    END IF;
EXCEPTION
    WHEN insufficient_privilege THEN
        RAISE NOTICE 'role mlb_mlflow is missing and % may not create it', CURRENT_USER;
    -- Another database of this server is migrated at the same time.
    WHEN duplicate_object OR unique_violation THEN
        NULL;
END
$$;
