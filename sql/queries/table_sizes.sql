-- table_sizes.sql: how large is each table, with its indexes?
-- One row a table, largest first; rows and dead rows as the statistics collector has them. A table's partitions count as it.
SELECT
    n.nspname || '.' || c.relname AS name,
    SUM(s.n_live_tup)::BIGINT AS rows,
    (SUM(pg_total_relation_size(s.relid)) / 1048576.0)::DOUBLE PRECISION AS megabytes,
    SUM(s.n_dead_tup)::BIGINT AS dead_rows
FROM pg_catalog.pg_stat_user_tables AS s
JOIN pg_catalog.pg_class AS c ON c.oid = COALESCE(pg_partition_root(s.relid), s.relid)
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
GROUP BY n.nspname, c.relname
ORDER BY SUM(pg_total_relation_size(s.relid)) DESC, name;
