-- held_records.sql: the records that one source and reason hold, oldest first, to be tried again.
-- One row per record not yet released.
-- %(source)s, %(reason)s  reason NULL for all; %(row_limit)s  the maximum number of rows.
SELECT q.id, q.reason, q.detail, q.source_game_id, q.game_date, q.record, q.payload_id, q.quarantined_at
FROM raw_data.quarantine AS q
WHERE q.released_at IS NULL AND q.source = %(source)s AND (%(reason)s::TEXT IS NULL OR q.reason = %(reason)s)
ORDER BY q.quarantined_at, q.id
LIMIT %(row_limit)s;
