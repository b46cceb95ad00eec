-- month_states.sql: how many rows has each month of a table, and which versions of them?
-- One row a month with rows. {day}: the date that gives a row its month; {version}: what changes with a row; {source}: the
-- table as t, joined with what `day` needs; {first}, {last}: dates, both included; {partitions}: the same of the stamp that
-- divides the table.
SELECT
    DATE_TRUNC('month', {day})::DATE AS month, COUNT(*) AS row_count,
    SUM(HASHTEXTEXTENDED({version}, 0)::NUMERIC)::TEXT AS versions
FROM {source}
WHERE {day} BETWEEN {first} AND {last} AND {partitions}
GROUP BY 1
ORDER BY 1
