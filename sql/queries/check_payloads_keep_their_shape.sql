-- check_payloads_keep_their_shape.sql: which sources sent something that we cannot read any more, in the last two days?
-- One row a source and field, newest first. :now the present; :first, :last unused.
SELECT q.source, q.detail, COUNT(*) AS payloads, MIN(q.quarantined_at) AS since
FROM raw_data.quarantine AS q
WHERE q.reason = 'payload_shape'
    AND q.released_at IS NULL
    AND q.quarantined_at > %(now)s::TIMESTAMPTZ - INTERVAL '2 days'
GROUP BY q.source, q.detail
ORDER BY since DESC;
