-- column_types.sql: the columns of one table, with what COPY needs to know of each type.
-- One row per column, in table order. A domain counts as its base type; element_type is NULL unless it is an array.
-- declared is the type as the table's definition has it, with its precision.
-- %(table)s  schema-qualified name, quoted where needed.
SELECT
    a.attname AS name,
    COALESCE(base.typname, t.typname)::TEXT AS type_name,
    element.typname::TEXT AS element_type,
    a.attgenerated <> '' OR a.attidentity = 'a' AS computed,
    format_type(a.atttypid, a.atttypmod) AS declared
FROM pg_catalog.pg_attribute AS a
INNER JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_type AS base ON base.oid = t.typbasetype
LEFT JOIN pg_catalog.pg_type AS element ON element.oid = t.typelem AND t.typcategory = 'A'
WHERE a.attrelid = to_regclass(%(table)s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum;
