-- api_key_revoke.sql: end a key; no row where there is none to end.
UPDATE mlb_ml.api_keys
SET revoked_at = %(now)s
WHERE key_id = %(key_id)s AND revoked_at IS NULL
RETURNING key_id, label, key_sha256, requests_per_minute, created_at, expires_at, revoked_at;
