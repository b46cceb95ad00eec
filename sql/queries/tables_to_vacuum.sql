-- tables_to_vacuum.sql: which of these tables changed since their last VACUUM and ANALYZE?
-- One row a table. One that is divided: whether a part was analyzed since the whole was. A crash resets the statistics: a
-- table without a date of them counts as changed. :tables  with their schemas.
SELECT s.schemaname || '.' || s.relname
FROM pg_catalog.pg_stat_user_tables AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.relid
LEFT JOIN LATERAL (
    SELECT MAX(GREATEST(p.last_analyze, p.last_autoanalyze)) AS analyzed_at
    FROM pg_catalog.pg_inherits AS i
    JOIN pg_catalog.pg_stat_user_tables AS p ON p.relid = i.inhrelid
    WHERE i.inhparent = s.relid
) AS parts ON TRUE
WHERE s.schemaname || '.' || s.relname = ANY(%(tables)s)
    AND (
        GREATEST(s.last_analyze, s.last_autoanalyze) IS NULL
        OR CASE c.relkind
            WHEN 'p' THEN COALESCE(parts.analyzed_at > s.last_analyze, FALSE)
            ELSE GREATEST(s.n_mod_since_analyze, s.n_dead_tup, s.n_ins_since_vacuum) > 0
                OR GREATEST(s.last_vacuum, s.last_autovacuum) IS NULL
        END
    )
ORDER BY 1;
