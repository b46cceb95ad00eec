-- stamp_receipts.sql: by which reader were these archive files taken in, and what did their source hold afterwards?
-- Nothing is returned. %(receipts)s ids, %(reader)s, %(rows)s
UPDATE raw_data.payload_receipts
SET landed_in = %(reader)s, landed_id = %(rows)s, parsed_at = NOW()
WHERE id = ANY(%(receipts)s::BIGINT[]);
