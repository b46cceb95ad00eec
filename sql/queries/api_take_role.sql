-- api_take_role.sql: may this session read as mlb_api? One row.
SELECT EXISTS (
    SELECT 1
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolname = 'mlb_api'
        AND pg_catalog.pg_has_role(SESSION_USER, r.oid, 'MEMBER')
        AND pg_catalog.has_table_privilege(r.oid, 'curated.ml_predictions'::REGCLASS, 'SELECT')
        AND pg_catalog.has_table_privilege(r.oid, 'mlb_ml.api_keys'::REGCLASS, 'SELECT')
) AS allowed;
