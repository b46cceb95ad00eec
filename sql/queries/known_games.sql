-- known_games.sql: which of our games are of these days?
-- One row per game; columns as identity/live_matching.py's KnownGame has them. Id, clubs, day, start and number are
-- as MLB's schedule lists them now: curated.enhanced_games learns of a move only when its day is built again, and until
-- then two games of a new doubleheader would be taken for each other.
-- %(days)s  official dates, which may be years apart; %(source)s whose listings are to be matched.
WITH candidates AS (
    SELECT e.id FROM curated.resolved_games AS e WHERE e.game_date = ANY(%(days)s::DATE[])
    UNION
    SELECT i.game_id
    FROM staging.source_games AS g
    CROSS JOIN LATERAL (
        SELECT game_id FROM curated.game_identity WHERE source = g.source AND source_game_id = g.source_game_id OFFSET 0
    ) AS i
    WHERE g.game_date = ANY(%(days)s::DATE[]) AND staging.source_rank(g.source) = 1
)
SELECT
    e.id AS game_id,
    COALESCE(
        t.game_pk, CASE WHEN e.mlb_stats_api_game_id ~ '^[0-9]{1,12}$' THEN e.mlb_stats_api_game_id::BIGINT END
    ) AS game_pk,
    COALESCE(t.game_date, e.game_date) AS game_date,
    COALESCE(t.home_team, e.home_team) AS home_team,
    COALESCE(t.away_team, e.away_team) AS away_team,
    COALESCE(t.scheduled_start, e.game_datetime) AS start,
    COALESCE(t.game_number, e.game_number, 1) AS game_number,
    CASE WHEN %(source)s = 'action_network' THEN e.action_network_game_id::VARCHAR END AS named_id
FROM candidates AS c
-- A fence: the view is two parts, which a join reads whole.
CROSS JOIN LATERAL (SELECT * FROM curated.resolved_games WHERE id = c.id OFFSET 0) AS e
LEFT JOIN LATERAL (
    SELECT g.game_pk, g.home_team, g.away_team, g.game_date, g.scheduled_start, g.game_number
    FROM curated.game_identity AS i
    JOIN staging.source_games AS g USING (source, source_game_id)
    WHERE i.game_id = e.id AND staging.source_rank(i.source) = 1
    LIMIT 1
) AS t ON TRUE
ORDER BY e.id;
