-- export_set_aside.sql: the records of an archive that were set aside, as they came.
-- One row per record, in the order in which they came. %(source)s
SELECT reason, record
FROM raw_data.quarantine
WHERE source = %(source)s
ORDER BY id;
