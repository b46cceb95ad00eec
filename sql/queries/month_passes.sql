-- month_passes.sql: through which month of each of these tables did the archive tier's last pass compare the rows, and
-- has the table its shape of then?
-- One row a table with a pass. :tables  names with their schema; :relations  the same, quoted where needed.
SELECT p.table_name, p.through, p.shape = s.shape AS has_its_shape
FROM UNNEST(%(tables)s::TEXT[], %(relations)s::TEXT[]) AS t (table_name, relation)
JOIN curated.archive_passes AS p ON p.table_name = t.table_name
CROSS JOIN LATERAL (SELECT curated.month_shape(TO_REGCLASS(t.relation)) AS shape OFFSET 0) AS s;
