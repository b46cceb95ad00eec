-- export_tables.sql: which tables hold rows that can be exported?
-- One row a table of raw_data, staging and curated, as schema.table; partitions count with their table.
SELECT n.nspname || '.' || c.relname
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname IN ('raw_data', 'staging', 'curated')
    AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND has_table_privilege(c.oid, 'SELECT')
ORDER BY 1;
