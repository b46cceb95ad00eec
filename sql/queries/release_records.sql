-- release_records.sql: mark held records as dealt with; they stay as evidence.
-- One row per record released now.
-- %(ids)s  BIGINT[].
UPDATE raw_data.quarantine SET released_at = now()
WHERE id = ANY(%(ids)s) AND released_at IS NULL
RETURNING id;
