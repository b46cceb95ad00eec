-- api_key_of_id.sql: what is stored of one key?
SELECT key_id, label, key_sha256, requests_per_minute, created_at, expires_at, revoked_at
FROM mlb_ml.api_keys
WHERE key_id = %(key_id)s;
