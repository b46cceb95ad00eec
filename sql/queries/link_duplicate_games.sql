-- link_duplicate_games.sql: which rows of these days are a second one of a game that another row has?
-- Two rows of one pair of clubs, in either order, that start within 45 minutes of each other and whose ids do not
-- contradict: the result of one program beside the schedule of another, or a row written twice. The games of a
-- doubleheader may be listed five minutes apart: different ids are different games, and so are two rows that a schedule or
-- an archive made. The pipeline uses the row that one of these made, else the one that it has linked already, the one
-- with the gamePk, the older one. A pair that stopped being one is dropped.
-- %(from_day)s, %(to_day)s  official dates, both included.
WITH rows AS (
    SELECT
        e.id, e.home_team, e.away_team, e.game_date, e.game_datetime, e.mlb_stats_api_game_id, e.action_network_game_id,
        l.is_recorded, l.is_linked
    FROM curated.enhanced_games AS e
    -- No EXISTS: where the days are taken for many, it is answered from all links at once.
    CROSS JOIN LATERAL (
        SELECT COALESCE(BOOL_OR(staging.source_rank(i.source) <= 4), FALSE) AS is_recorded, COUNT(*) > 0 AS is_linked
        FROM curated.game_identity AS i
        WHERE i.game_id = e.id
    ) AS l
    WHERE e.game_date BETWEEN %(from_day)s::DATE - 2 AND %(to_day)s::DATE + 2
),
candidates AS (
    SELECT
        r.*,
        ROW_NUMBER() OVER (
            ORDER BY r.is_recorded DESC, r.is_linked DESC, r.mlb_stats_api_game_id IS NULL, r.id
        ) AS place
    FROM rows AS r
),
chosen AS (
    SELECT DISTINCT ON (a.id)
        a.id::INTEGER AS duplicate_id, b.id::INTEGER AS game_id,
        JSONB_BUILD_OBJECT(
            'clubs', CASE WHEN a.home_team <> b.home_team THEN 'exchanged' ELSE 'equal' END, 'start', 'equal'
        ) AS evidence
    FROM candidates AS a
    JOIN candidates AS b
        ON b.place < a.place
        AND LEAST(b.home_team, b.away_team) = LEAST(a.home_team, a.away_team)
        AND GREATEST(b.home_team, b.away_team) = GREATEST(a.home_team, a.away_team)
        AND ABS(EXTRACT(EPOCH FROM b.game_datetime - a.game_datetime)) <= 45 * 60
        AND NOT (a.is_recorded AND b.is_recorded)
        AND COALESCE(a.mlb_stats_api_game_id = b.mlb_stats_api_game_id, TRUE)
        AND COALESCE(a.action_network_game_id = b.action_network_game_id, TRUE)
    WHERE a.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
    ORDER BY a.id, ABS(EXTRACT(EPOCH FROM b.game_datetime - a.game_datetime)), b.place
),
dropped AS (
    DELETE FROM curated.duplicate_games AS d
    USING curated.enhanced_games AS e
    WHERE e.id = d.duplicate_id AND e.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
        AND NOT EXISTS (SELECT 1 FROM chosen AS c WHERE c.duplicate_id = d.duplicate_id)
)
INSERT INTO curated.duplicate_games AS d (duplicate_id, game_id, evidence)
SELECT duplicate_id, game_id, evidence FROM chosen
ON CONFLICT (duplicate_id) DO UPDATE
SET game_id = excluded.game_id, evidence = excluded.evidence
WHERE (d.game_id, d.evidence) IS DISTINCT FROM (excluded.game_id, excluded.evidence);
