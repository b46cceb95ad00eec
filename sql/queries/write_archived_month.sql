-- write_archived_month.sql: record the file of a month of a table; its earlier record is replaced, unless the tier has the
-- month alone.
INSERT INTO curated.archived_months (
    table_name, month, file, row_count, byte_count, sha256, rows_state, written_at, verified_at, compared_at
)
VALUES (
    %(table_name)s, %(month)s, %(file)s, %(row_count)s, %(byte_count)s, %(sha256)s, %(rows_state)s, %(now)s, %(now)s,
    %(now)s
)
ON CONFLICT (table_name, month) DO UPDATE SET
    file = excluded.file, row_count = excluded.row_count, byte_count = excluded.byte_count, sha256 = excluded.sha256,
    rows_state = excluded.rows_state, written_at = excluded.written_at, verified_at = excluded.verified_at,
    compared_at = excluded.compared_at
WHERE archived_months.removed_at IS NULL;
