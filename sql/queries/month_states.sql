-- month_states.sql: how many rows has each month of a table, and which versions of them?
-- One row a month with rows. {day}: the date that gives a row its month; {version}: what changes with a row; {source}: the
-- table as t, joined with what `day` needs; {within}: that it is of these months, by `day` and by the stamp that it is of.
SELECT
    DATE_TRUNC('month', {day})::DATE AS month, COUNT(*) AS row_count,
    SUM(HASHTEXTEXTENDED({version}, 0)::NUMERIC)::TEXT AS versions
FROM {source}
WHERE {within}
GROUP BY 1
ORDER BY 1
