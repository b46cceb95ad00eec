-- export_columns.sql: which columns has a table, and of which type, also as declared?
-- One row a column in its order. :schema, :name.
SELECT a.attname, t.typname, FORMAT_TYPE(a.atttypid, a.atttypmod)
FROM pg_attribute AS a
JOIN pg_type AS t ON t.oid = a.atttypid
WHERE a.attrelid = to_regclass(quote_ident(%(schema)s) || '.' || quote_ident(%(name)s))
    AND %(schema)s IN ('raw_data', 'staging', 'curated')
    AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;
