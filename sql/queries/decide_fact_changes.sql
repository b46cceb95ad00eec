-- decide_fact_changes.sql: at which observed instants does a fact change, among those that the incoming can affect?
-- Fills decided_facts, one row a fact, side and instant. Nobody listed, nobody listed before: no change.
CREATE TEMPORARY TABLE decided_facts ON COMMIT DROP AS
WITH incoming AS (
    SELECT DISTINCT source_game_id, source, fact, side, known_at
    FROM incoming_facts
),
affected AS (
    SELECT source_game_id, source, fact, side, known_at
    FROM incoming
    UNION
    SELECT i.source_game_id, i.source, i.fact, i.side, n.known_at
    FROM incoming AS i
    CROSS JOIN LATERAL (
        SELECT f.known_at
        FROM staging.fact_observations AS f
        WHERE (f.source_game_id, f.source, f.fact, f.side) = (i.source_game_id, i.source, i.fact, i.side)
            AND f.known_at > i.known_at
        ORDER BY f.known_at
        LIMIT 1
    ) AS n
)
SELECT
    a.source_game_id, a.source, a.fact, a.side, a.known_at, now_.content,
    now_.content IS DISTINCT FROM COALESCE(
        before_.content,
        CASE WHEN a.fact = 'probable_starters' THEN '{"player_id": null, "player_name": null}'::JSONB END
    ) AS is_change
FROM affected AS a
INNER JOIN staging.fact_observations AS now_ USING (source_game_id, source, fact, side, known_at)
LEFT JOIN LATERAL (
    SELECT f.content
    FROM staging.fact_observations AS f
    WHERE (f.source_game_id, f.source, f.fact, f.side) = (a.source_game_id, a.source, a.fact, a.side)
        AND f.known_at < a.known_at
    ORDER BY f.known_at DESC
    LIMIT 1
) AS before_ ON TRUE;
