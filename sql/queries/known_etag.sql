-- known_etag.sql: the newest body that an endpoint gave with an ETag.
-- At most one row.
-- %(source)s %(endpoint)s
SELECT r.etag, r.body
FROM raw_data.payload_receipts AS r
WHERE r.source = %(source)s AND r.endpoint = %(endpoint)s AND r.etag IS NOT NULL AND r.body IS NOT NULL
ORDER BY r.last_seen_at DESC
LIMIT 1;
