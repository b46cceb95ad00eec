-- unread_payloads.sql: captures that were kept and never parsed, because the ingest that kept them was cut short.
-- One row a capture, oldest first; by the partial index of payload_sightings.
-- %(source)s
SELECT r.id, r.endpoint, r.response_status, r.body, s.captured_at
FROM raw_data.payload_sightings AS s
INNER JOIN raw_data.payload_receipts AS r ON r.id = s.payload_id
WHERE s.parsed_at IS NULL
    AND r.source = %(source)s
    AND r.body IS NOT NULL
ORDER BY s.captured_at, r.id;
