-- api_key_store.sql: remember a key by its hash.
INSERT INTO mlb_ml.api_keys (key_id, label, key_sha256, requests_per_minute, expires_at)
VALUES (%(key_id)s, %(label)s, %(key_sha256)s, %(requests_per_minute)s, %(expires_at)s);
