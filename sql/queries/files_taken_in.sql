-- files_taken_in.sql: how many of these files did this reader take in, such that the source held as many rows then as now?
-- One row. %(source)s, %(names)s and %(hashes)s of equal length, %(reader)s, %(rows)s
SELECT COUNT(*)
FROM UNNEST(%(names)s::TEXT[], %(hashes)s::TEXT[]) AS f (name, sha256)
JOIN raw_data.payload_receipts AS r
    ON r.source = %(source)s AND r.endpoint = f.name AND r.content_sha256 = f.sha256
WHERE r.landed_in = %(reader)s AND r.landed_id = %(rows)s;
