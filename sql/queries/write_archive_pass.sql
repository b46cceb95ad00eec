-- write_archive_pass.sql: record how far a pass of the archive tier compared a table's rows with its files.
-- Only through months that ended six days ago by the server's clock, whatever the caller's: later ones have no marks yet.
-- :table_name, :relation  the name with its schema, plain and quoted where needed; :last_month  the last that was compared.
INSERT INTO curated.archive_passes AS p (table_name, through, shape, compared_at)
SELECT %(table_name)s,
    LEAST(%(last_month)s::DATE, (DATE_TRUNC('month', NOW() - INTERVAL '6 days') - INTERVAL '1 month')::DATE),
    curated.month_shape(TO_REGCLASS(%(relation)s)), NOW()
ON CONFLICT (table_name) DO UPDATE SET
    through = excluded.through, shape = excluded.shape, compared_at = excluded.compared_at;
