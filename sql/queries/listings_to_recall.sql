-- listings_to_recall.sql: which listings of these days have a state of another instant than the run's?
-- One row a source: ids of those with a capture after :now, of which the run must not know, and with them those that an
-- earlier run left in a state of the past. A game is of these days also where a later listing moved it elsewhere.
-- :from_day, :to_day  official dates, both included; :now.
WITH candidates AS (
    SELECT g.source, g.source_game_id
    FROM staging.source_games AS g
    WHERE g.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
    UNION
    SELECT h.source, h.source_game_id
    FROM staging.game_status_history AS h
    WHERE h.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
    UNION
    SELECT g.source, g.source_game_id
    FROM staging.source_games AS g
    -- Any instant. IS NOT NULL is expected of nearly every listing before the first ANALYZE, and then all are read.
    WHERE g.known_through BETWEEN '-infinity' AND 'infinity'
),
judged AS (
    SELECT g.source, g.source_game_id, g.known_through,
        EXISTS (
            SELECT 1
            FROM staging.fact_observations AS f
            WHERE f.source_game_id = g.source_game_id AND f.source = g.source AND f.fact = 'game_status_history'
                AND f.side IN ('', 'from', 'next') AND f.known_at > %(now)s
        ) AS is_listed_later
    FROM candidates AS c
    -- A fence: without statistics the listings of all days are read.
    CROSS JOIN LATERAL (
        SELECT * FROM staging.source_games WHERE source = c.source AND source_game_id = c.source_game_id OFFSET 0
    ) AS g
)
SELECT
    source, ARRAY_AGG(source_game_id ORDER BY source_game_id) AS games,
    COALESCE(ARRAY_AGG(source_game_id ORDER BY source_game_id) FILTER (WHERE is_listed_later), '{}') AS listed_later
FROM judged
WHERE is_listed_later OR known_through IS NOT NULL
GROUP BY source
ORDER BY source;
