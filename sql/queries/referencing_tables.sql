-- referencing_tables.sql: which tables hold rows that refer to this table's rows.
-- One row per referring table. Its own parts and itself do not count.
-- %(table)s  schema-qualified name, quoted where needed.
SELECT DISTINCT c.conrelid::REGCLASS::TEXT AS referring
FROM pg_catalog.pg_constraint AS c
WHERE c.contype = 'f' AND c.confrelid = to_regclass(%(table)s) AND c.conrelid <> c.confrelid
ORDER BY referring;
