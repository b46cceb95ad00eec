-- observed_facts_of_incoming.sql: everything observed of the incoming facts, for facts reported in parts.
-- One row an observation, in time order a game and fact.
-- %(source)s, %(facts)s  which facts. Reads incoming_facts.
SELECT f.source_game_id, f.fact, f.known_at, f.content
FROM staging.fact_observations AS f
WHERE f.source = %(source)s
    AND f.side = ''
    AND (f.source_game_id, f.fact) IN (
        SELECT i.source_game_id, i.fact
        FROM incoming_facts AS i
        WHERE i.fact = ANY(%(facts)s)
    )
ORDER BY f.source_game_id, f.fact, f.known_at;
