-- table_sizes.sql: how large is each table, with its indexes?
-- One row a table, largest first; rows and dead rows as the statistics collector has them.
SELECT
    s.schemaname || '.' || s.relname AS name,
    s.n_live_tup AS rows,
    (pg_total_relation_size(s.relid) / 1048576.0)::DOUBLE PRECISION AS megabytes,
    s.n_dead_tup AS dead_rows
FROM pg_catalog.pg_stat_user_tables AS s
ORDER BY pg_total_relation_size(s.relid) DESC, name;
