-- training_months.sql: the rows of training_rows.sql with their features, for DuckDB over the archive tier.
-- Its parts: that statement with the row's version as its only feature, and the feature columns.
-- Keys first: DISTINCT ON over two hundred columns took DuckDB twice the time of the whole statement (650 against 300 ms
-- for 14,780 rows); PostgreSQL, which misjudges the join, takes minutes for this form.
WITH keys AS MATERIALIZED (
    {training_rows}
)
SELECT k.*, {features}
FROM keys AS k
INNER JOIN curated.game_features AS f
    ON f.game_id = k.game_id AND (f.stage = 'lineup') = k.is_lineup AND f.as_of = k.as_of
    AND f.feature_version = k.feature_version
ORDER BY k.game_date, k.game_id, k.is_lineup
