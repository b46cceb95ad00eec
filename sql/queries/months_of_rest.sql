-- months_of_rest.sql: which months (UTC) of the divided tables have rows in the partition for the rest?
-- One row a table and month; without those that the archive tier alone has, of which these are late arrivals.
SELECT r.table_name, r.month
FROM (
    SELECT 'staging.archive_quotes' AS table_name, DATE_TRUNC('month', updated_at AT TIME ZONE 'UTC')::DATE AS month
    FROM staging_months.archive_quotes_rest
    GROUP BY 2
    UNION ALL
    SELECT 'staging.source_quotes' AS table_name, DATE_TRUNC('month', updated_at AT TIME ZONE 'UTC')::DATE AS month
    FROM staging_months.source_quotes_rest
    GROUP BY 2
    UNION ALL
    SELECT 'staging.quote_observations' AS table_name, DATE_TRUNC('month', updated_at AT TIME ZONE 'UTC')::DATE AS month
    FROM staging_months.quote_observations_rest
    GROUP BY 2
    UNION ALL
    SELECT 'staging.game_sightings' AS table_name, DATE_TRUNC('month', captured_at AT TIME ZONE 'UTC')::DATE AS month
    FROM staging_months.game_sightings_rest
    GROUP BY 2
    UNION ALL
    SELECT 'staging.market_sightings' AS table_name, DATE_TRUNC('month', first_captured_at AT TIME ZONE 'UTC')::DATE AS month
    FROM staging_months.market_sightings_rest
    GROUP BY 2
) AS r
WHERE NOT EXISTS (
    SELECT 1
    FROM curated.archived_months AS m
    WHERE m.table_name = r.table_name AND m.month = r.month AND m.removed_at IS NOT NULL
)
ORDER BY r.table_name, r.month;
