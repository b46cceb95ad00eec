-- stamp_receipts.sql: by which reader were these archive files imported, and how many rows did their source have afterwards?
-- Nothing is returned. %(receipts)s ids, %(reader)s, %(rows)s
UPDATE raw_data.payload_receipts
SET landed_in = %(reader)s, landed_id = %(rows)s, parsed_at = NOW()
WHERE id = ANY(%(receipts)s::BIGINT[]);
