-- write_game_links.sql: link one source game; a link that became better known is moved.
-- %(source)s %(source_game_id)s %(game_id)s %(confidence)s %(method)s %(evidence)s
INSERT INTO curated.game_identity AS i (source, source_game_id, game_id, confidence, method, evidence)
VALUES (%(source)s, %(source_game_id)s, %(game_id)s, %(confidence)s, %(method)s, %(evidence)s)
ON CONFLICT (source, source_game_id) DO UPDATE
SET game_id = excluded.game_id,
    confidence = excluded.confidence,
    method = excluded.method,
    evidence = excluded.evidence,
    linked_at = NOW()
WHERE i.game_id <> excluded.game_id;
