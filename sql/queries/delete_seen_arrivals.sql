-- delete_seen_arrivals.sql: drop the arrivals that the poller whose last snapshot is :seen will never read again.
-- Rows from beyond the present snapshot are of the database that this one was restored from. Where :seen itself lies
-- beyond it, only those go: what arrived since the restore is still to be read.
DELETE FROM staging.quote_arrivals
WHERE xid >= pg_snapshot_xmax(pg_current_snapshot())
    OR (
        xid < pg_snapshot_xmin(%(seen)s::pg_snapshot)
        AND pg_snapshot_xmax(%(seen)s::pg_snapshot) <= pg_snapshot_xmax(pg_current_snapshot())
    );
