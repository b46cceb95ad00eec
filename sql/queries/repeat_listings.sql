-- repeat_listings.sql: which games do the incoming listings only list again, as they were listed last? Those are current
-- with their newest capture, and need not be folded: a collector's rounds list a game hundreds of times.
-- One row per game. Reads incoming_facts, before they are observed. A listing that was captured between others, one of a
-- moved or resumed game, a game of a doubleheader, whose start depends on another game's, and one that a run as of the past
-- left in a state of then, is no mere repetition.
-- %(source)s; %(games)s, %(payloads)s  ids and payloads of the incoming games, in one order
WITH repeated AS (
    SELECT i.source_game_id, max(i.known_at) AS captured_at
    FROM incoming_facts AS i
    CROSS JOIN LATERAL (
        SELECT f.known_at, f.content
        FROM staging.fact_observations AS f
        WHERE (f.source_game_id, f.source, f.fact, f.side) = (i.source_game_id, i.source, i.fact, '')
        ORDER BY f.known_at DESC
        LIMIT 1
    ) AS newest
    GROUP BY i.source_game_id
    HAVING bool_and(i.side = '' AND i.known_at > newest.known_at AND i.content = newest.content)
        AND NOT EXISTS (
            SELECT FROM staging.fact_observations AS f
            WHERE (f.source_game_id, f.source, f.fact)
                = (i.source_game_id, %(source)s, 'game_status_history')
                AND f.side <> '' AND f.known_at >= min(newest.known_at)
        )
)
UPDATE staging.source_games AS g
SET captured_at = r.captured_at, payload_id = COALESCE(p.payload_id, g.payload_id)
FROM repeated AS r
JOIN unnest(%(games)s::TEXT[], %(payloads)s::BIGINT[]) AS p (source_game_id, payload_id) USING (source_game_id)
WHERE (g.source, g.source_game_id) = (%(source)s, r.source_game_id) AND g.doubleheader = 'N'
    AND g.captured_at < r.captured_at AND g.known_through IS NULL
RETURNING g.source_game_id;
