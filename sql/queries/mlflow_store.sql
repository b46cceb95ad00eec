-- mlflow_store.sql: does the schema that this session creates tables in hold an MLflow store?
-- One row: the schema, its table of migrations if there is one, and whether MLflow's experiments are beside it. Dagster has
-- a table of migrations of the same name.
SELECT
    current_schema()::TEXT AS schema_name,
    to_regclass(quote_ident(current_schema()) || '.alembic_version')::TEXT AS versions,
    to_regclass(quote_ident(current_schema()) || '.experiments') IS NOT NULL AS has_experiments;
