-- record_archive_file.sql: note that an archive file came in; the same content again only counts up.
-- One row; its id. The body is not stored: archives are files that their owner keeps.
-- %(source)s, %(name)s, %(sha256)s, %(size)s
INSERT INTO raw_data.payload_receipts AS r
    (source, endpoint, response_status, content_sha256, content_bytes, captured_at, last_seen_at, parsed_at)
VALUES (%(source)s, %(name)s, 200, %(sha256)s, %(size)s, NOW(), NOW(), NOW())
ON CONFLICT (source, endpoint, content_sha256)
DO UPDATE SET last_seen_at = NOW(), times_seen = r.times_seen + 1
RETURNING r.id;
