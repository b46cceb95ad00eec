-- receive_payload.sql: keep a payload, once per content; seen again it only counts up.
-- One row: id, and fresh = TRUE where this content is new.
-- %(source)s %(endpoint)s %(status)s %(sha256)s %(size)s %(captured_at)s %(etag)s %(body)s  body: gzip
INSERT INTO raw_data.payload_receipts AS r
    (source, endpoint, response_status, content_sha256, content_bytes, captured_at, last_seen_at, etag, body)
VALUES
    (%(source)s, %(endpoint)s, %(status)s, %(sha256)s, %(size)s, %(captured_at)s, %(captured_at)s, %(etag)s, %(body)s)
ON CONFLICT (source, endpoint, content_sha256) DO UPDATE
SET captured_at = LEAST(r.captured_at, excluded.captured_at),
    last_seen_at = GREATEST(r.last_seen_at, excluded.last_seen_at),
    times_seen = r.times_seen + 1,
    etag = COALESCE(excluded.etag, r.etag)
RETURNING r.id, (r.xmax = 0) AS fresh, r.landed_id;
