-- api_keys.sql: which keys were ever made? One row a key, oldest first.
SELECT key_id, label, key_sha256, requests_per_minute, created_at, expires_at, revoked_at
FROM mlb_ml.api_keys
ORDER BY created_at, key_id;
