-- archived_months.sql: which months of these tables does the archive tier hold?
-- One row a table and month, in their order. :tables  names with their schema.
SELECT table_name, month, file, row_count, byte_count, sha256, rows_state, written_at, verified_at,
    compared_at, removed_at
FROM curated.archived_months
WHERE table_name = ANY(%(tables)s)
ORDER BY table_name, month;
