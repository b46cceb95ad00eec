-- When the rows of each month were last compared with its file: a pass reads the oldest of a large table instead of all, so
-- that the weekly upkeep does not grow with the seasons.
-- depends: 0178_newest_predictions

ALTER TABLE curated.archived_months ADD COLUMN compared_at TIMESTAMPTZ NOT NULL DEFAULT NOW();
COMMENT ON COLUMN curated.archived_months.compared_at IS 'Instant (UTC) at which a pass last compared the rows of PostgreSQL with those that the file was written from.';

-- Until now each pass compared all months.
UPDATE curated.archived_months AS m
SET compared_at = GREATEST(
        m.written_at,
        (SELECT p.compared_at FROM curated.archive_passes AS p WHERE p.table_name = m.table_name)
    );
