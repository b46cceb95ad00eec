-- quarantine_counts.sql: how many records are held, and since when.
-- One row per source and reason with records not yet released; latest example's detail beside.
-- %(source)s  one source, or NULL for all.
SELECT
    q.source,
    q.reason,
    count(*) AS records,
    min(q.quarantined_at) AS since,
    (array_agg(q.detail ORDER BY q.quarantined_at DESC, q.id DESC))[1] AS latest_detail
FROM raw_data.quarantine AS q
WHERE q.released_at IS NULL AND (%(source)s::TEXT IS NULL OR q.source = %(source)s)
GROUP BY q.source, q.reason
ORDER BY records DESC, q.source, q.reason;
