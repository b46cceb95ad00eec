-- table_shapes.sql: what the catalog says of each named table, as far as a writer must know it.
-- One row per table that exists: its kind, columns, unique keys, indexes, CHECKs, foreign keys, triggers and our rights.
-- Triggers of our own (mlb_ml_*) do not count.
-- Keys count only if ON CONFLICT can use them: valid, not deferrable, on plain columns, without a WHERE. Indexes count if
-- they are valid; an expression has no column.
-- %(tables)s  schema-qualified names, TEXT[].
SELECT
    n.nspname || '.' || c.relname AS table_name,
    c.relkind::TEXT AS kind,
    (
        SELECT jsonb_agg(jsonb_build_object(
            'name', a.attname,
            'type', format_type(a.atttypid, a.atttypmod),
            'not_null', a.attnotnull,
            'generated', a.attgenerated <> '' OR a.attidentity = 'a',
            'default', (a.atthasdef AND a.attgenerated = '') OR a.attidentity = 'd'
        ) ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    ) AS columns,
    (
        SELECT jsonb_agg(jsonb_build_array(k.name, k.is_constraint, k.columns))
        FROM (
            SELECT x.relname AS name, EXISTS (
                SELECT 1 FROM pg_catalog.pg_constraint AS o WHERE o.conindid = i.indexrelid AND o.conrelid = c.oid
            ) AS is_constraint, (
                SELECT jsonb_agg(a.attname ORDER BY p.position)
                FROM unnest(i.indkey::SMALLINT[]) WITH ORDINALITY AS p (attnum, position)
                INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = p.attnum
                WHERE p.position <= i.indnkeyatts
            ) AS columns
            FROM pg_catalog.pg_index AS i
            INNER JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
            WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate
                AND i.indpred IS NULL AND i.indexprs IS NULL
            ORDER BY i.indisprimary DESC, i.indexrelid
        ) AS k
    ) AS unique_keys,
    (
        SELECT jsonb_agg(jsonb_build_array(
            x.relname,
            (
                SELECT jsonb_agg(a.attname ORDER BY p.position)
                FROM unnest(i.indkey::SMALLINT[]) WITH ORDINALITY AS p (attnum, position)
                LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = p.attnum
                WHERE p.position <= i.indnkeyatts
            ),
            i.indpred IS NOT NULL
        ))
        FROM pg_catalog.pg_index AS i
        INNER JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid
        WHERE i.indrelid = c.oid AND i.indisvalid
    ) AS indexes,
    (
        SELECT jsonb_object_agg(k.conname, pg_get_expr(k.conbin, k.conrelid))
        FROM pg_catalog.pg_constraint AS k
        WHERE k.conrelid = c.oid AND k.contype = 'c'
    ) AS checks,
    (
        SELECT jsonb_agg(jsonb_build_array(k.conname, a.attname, rn.nspname || '.' || r.relname))
        FROM pg_catalog.pg_constraint AS k
        INNER JOIN pg_catalog.pg_class AS r ON r.oid = k.confrelid
        INNER JOIN pg_catalog.pg_namespace AS rn ON rn.oid = r.relnamespace
        CROSS JOIN unnest(k.conkey) AS f (attnum)
        INNER JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = f.attnum
        WHERE k.conrelid = c.oid AND k.contype = 'f'
    ) AS refers_to,
    (
        SELECT jsonb_agg(t.tgname)
        FROM pg_catalog.pg_trigger AS t
        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND NOT starts_with(t.tgname, 'mlb_ml_')
    ) AS triggers,
    (
        SELECT jsonb_agg(r.privilege)
        FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE']) AS r (privilege)
        WHERE NOT has_table_privilege(c.oid, r.privilege)
    ) AS lacking_rights
FROM pg_catalog.pg_class AS c
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname || '.' || c.relname = ANY(%(tables)s) AND c.relkind IN ('r', 'p', 'v', 'm', 'f');
