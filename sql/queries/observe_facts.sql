-- observe_facts.sql: add the incoming facts to what was observed; of two at one instant the greater text is kept.
-- Reads incoming_facts.
INSERT INTO staging.fact_observations AS f (source, source_game_id, fact, side, known_at, content)
SELECT DISTINCT ON (source_game_id, source, fact, side, known_at) source, source_game_id, fact, side, known_at, content
FROM incoming_facts
ORDER BY source_game_id, source, fact, side, known_at, content::TEXT DESC
ON CONFLICT (source_game_id, source, fact, side, known_at) DO UPDATE
SET content = excluded.content
WHERE excluded.content::TEXT > f.content::TEXT;
