-- changed_partitions.sql: which partitions of a table changed since they were analyzed?
-- One row a partition. :table  with its schema; :rows  at least so many rows changed, or died since its last VACUUM.
SELECT s.schemaname, s.relname
FROM pg_catalog.pg_inherits AS i
JOIN pg_catalog.pg_stat_user_tables AS s ON s.relid = i.inhrelid
WHERE i.inhparent = %(table)s::REGCLASS
    AND GREATEST(s.n_mod_since_analyze, s.n_dead_tup) >= %(rows)s
ORDER BY s.relname;
