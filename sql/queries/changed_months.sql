-- changed_months.sql: which months of these tables changed since the archive tier's last pass?
-- One row a table and month, NULL for all its months. A game whose corrected date is in another month than that of its row
-- counts as a change of both: its rows are in files of the one, the game itself in a file of the other.
-- :tables  names with their schema.
SELECT m.table_name, m.month
FROM curated.changed_months AS m
WHERE m.table_name = ANY(%(tables)s)
GROUP BY m.table_name, m.month
UNION ALL
SELECT 'curated.resolved_games' AS table_name, d.month
FROM curated.game_corrections AS c
JOIN curated.enhanced_games AS e ON e.id = c.game_id
CROSS JOIN LATERAL (VALUES (DATE_TRUNC('month', c.game_date)::DATE), (DATE_TRUNC('month', e.game_date)::DATE)) AS d (month)
WHERE DATE_TRUNC('month', c.game_date) <> DATE_TRUNC('month', e.game_date)
    AND 'curated.resolved_games' = ANY(%(tables)s);
