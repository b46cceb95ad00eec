-- Months of quotes that retention removes: the archive tier has them alone, and nothing is built from their absence.
-- depends: 0131_quotes_of_their_months

ALTER TABLE curated.archived_months ADD COLUMN removed_at TIMESTAMPTZ;
COMMENT ON COLUMN curated.archived_months.removed_at IS 'Instant (UTC) at which retention removed the month from PostgreSQL, since when the file alone has its rows; NULL: PostgreSQL has them.';

CREATE FUNCTION staging.remove_month(table_name TEXT, month DATE, sha256 TEXT) RETURNS VOID LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    part TEXT := table_name || to_char(month, '_YYYY_MM');
BEGIN
    IF staging.month_stamp(table_name) IS NULL THEN
        RAISE 'staging.% is not divided by months', table_name;
    END IF;
    UPDATE curated.archived_months AS m
    SET removed_at = clock_timestamp()
    WHERE m.table_name = 'staging.' || remove_month.table_name AND m.month = remove_month.month
        AND m.sha256 = remove_month.sha256 AND m.removed_at IS NULL;
    IF NOT FOUND THEN
        RAISE 'the archive tier has no file % of %, or the month is removed already', sha256, part;
    END IF;
    EXECUTE format('DROP TABLE staging_months.%I', part);
END;
$$;
COMMENT ON FUNCTION staging.remove_month IS 'Drops the partition of a month whose file has this SHA-256, and marks the month as held by the archive tier alone, in one transaction. The caller has compared the file and the rows with the record.';
REVOKE EXECUTE ON FUNCTION staging.remove_month(TEXT, DATE, TEXT) FROM PUBLIC;

DO $$
BEGIN
    GRANT EXECUTE ON FUNCTION staging.remove_month(TEXT, DATE, TEXT) TO mlb_owner, mlb_pipeline;
EXCEPTION
    WHEN insufficient_privilege OR undefined_object THEN
        RAISE NOTICE 'not granted: staging.remove_month';
END
$$;
