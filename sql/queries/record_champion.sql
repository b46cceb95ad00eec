-- record_champion.sql: this version is champion from :since on. A simulated clock does not move: the last entry counts.
INSERT INTO curated.champions (since, model_version, reason)
VALUES (%(since)s, %(model_version)s, %(reason)s)
ON CONFLICT (since) DO UPDATE SET model_version = EXCLUDED.model_version, reason = EXCLUDED.reason;
