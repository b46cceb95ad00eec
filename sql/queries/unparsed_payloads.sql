-- unparsed_payloads.sql: what should be parsed again: captures never parsed, or refused, or with records in quarantine.
-- One row a capture, oldest first.
-- %(source)s
SELECT r.id, r.endpoint, r.response_status, r.body, s.captured_at
FROM raw_data.payload_receipts AS r
INNER JOIN raw_data.payload_sightings AS s ON s.payload_id = r.id
WHERE r.source = %(source)s
    AND r.body IS NOT NULL
    AND (
        s.parsed_at IS NULL
        OR s.refusal IS NOT NULL
        OR EXISTS (SELECT 1 FROM raw_data.quarantine AS q WHERE q.payload_id = r.id AND q.released_at IS NULL)
    )
ORDER BY s.captured_at, r.id;
