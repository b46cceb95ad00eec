-- month_columns.sql: which columns has a table or view, and of which declared type?
-- One row a column, in their order. :relation  the name with its schema, quoted where needed.
SELECT a.attname AS name, FORMAT_TYPE(a.atttypid, a.atttypmod) AS declared
FROM pg_attribute AS a
WHERE a.attrelid = TO_REGCLASS(%(relation)s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;
