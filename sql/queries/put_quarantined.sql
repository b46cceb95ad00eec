-- put_quarantined.sql: keep one record that cannot be trusted, once per source, reason and content.
-- One row with fresh = TRUE if it is new here. A record that was released and comes again is held again.
-- %(source)s %(reason)s %(detail)s %(source_game_id)s %(game_date)s %(record)s %(record_sha256)s %(payload_id)s
INSERT INTO raw_data.quarantine AS q
    (source, reason, detail, source_game_id, game_date, record, record_sha256, payload_id)
VALUES
    (%(source)s, %(reason)s, %(detail)s, %(source_game_id)s, %(game_date)s, %(record)s, %(record_sha256)s, %(payload_id)s)
ON CONFLICT (source, reason, record_sha256) DO UPDATE
SET released_at = NULL, detail = excluded.detail
WHERE q.released_at IS NOT NULL
RETURNING (q.xmax = 0) AS fresh;
