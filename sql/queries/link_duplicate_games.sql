-- link_duplicate_games.sql: which rows of these days are a second one of a game that another row has?
-- Pairs of one pair of clubs, in either order, that start within 45 minutes of each other, of which one has the gamePk and
-- the other has none: the result of one program beside the schedule of another. The pipeline uses the row that it has
-- linked already, else the one with the gamePk. A pair that stopped being one is dropped.
-- %(from_day)s, %(to_day)s  official dates, both included.
WITH pairs AS (
    SELECT DISTINCT ON (a.id) a.id AS without_pk, b.id AS with_pk, a.home_team <> b.home_team AS exchanged
    FROM curated.enhanced_games AS a
    JOIN curated.enhanced_games AS b
        ON b.game_date BETWEEN a.game_date - 1 AND a.game_date + 1
        AND b.mlb_stats_api_game_id IS NOT NULL
        AND (
            (b.home_team = a.home_team AND b.away_team = a.away_team)
            OR (b.home_team = a.away_team AND b.away_team = a.home_team)
        )
        AND ABS(EXTRACT(EPOCH FROM b.game_datetime - a.game_datetime)) <= 45 * 60
        AND (b.action_network_game_id IS NULL OR b.action_network_game_id = a.action_network_game_id)
    WHERE a.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
        AND a.mlb_stats_api_game_id IS NULL AND a.action_network_game_id IS NOT NULL
    ORDER BY a.id, ABS(EXTRACT(EPOCH FROM b.game_datetime - a.game_datetime)), b.id
),
chosen AS (
    SELECT
        CASE WHEN k.keeps_first THEN p.with_pk ELSE p.without_pk END::INTEGER AS duplicate_id,
        CASE WHEN k.keeps_first THEN p.without_pk ELSE p.with_pk END::INTEGER AS game_id,
        JSONB_BUILD_OBJECT('clubs', CASE WHEN p.exchanged THEN 'exchanged' ELSE 'equal' END, 'start', 'equal') AS evidence
    FROM pairs AS p
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT 1 FROM curated.game_identity AS i WHERE i.game_id = p.without_pk)
            AND NOT EXISTS (SELECT 1 FROM curated.game_identity AS i WHERE i.game_id = p.with_pk) AS keeps_first
    ) AS k
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
