-- games_to_link.sql: which games of a source are to be matched: those without a link, those named, and the listings that
-- compete with them: of the same teams nearby, whichever team is at home.
-- One row per source game; linked_game_id where it has a link. One pass in the order of teams and days, whatever the
-- statistics say: joined with itself, a source that they did not know yet was read once for every pair of its games.
-- %(source)s, %(games)s  the source's ids of games whose evidence changed
SELECT
    source_game_id, game_pk, game_date, home_team, away_team, scheduled_start, status, game_number, doubleheader,
    away_rotation, captured_at AS last_seen, linked_game_id
FROM (
    SELECT
        g.*, i.game_id AS linked_game_id,
        BOOL_OR(i.game_id IS NULL OR g.source_game_id = ANY(%(games)s::VARCHAR[])) OVER (
            PARTITION BY LEAST(g.home_team, g.away_team), GREATEST(g.home_team, g.away_team)
            ORDER BY g.game_date
            RANGE BETWEEN INTERVAL '2 days' PRECEDING AND INTERVAL '2 days' FOLLOWING
        ) AS is_near_open
    FROM staging.source_games AS g
    LEFT JOIN LATERAL (
        SELECT l.game_id
        FROM curated.game_identity AS l
        WHERE l.source = g.source AND l.source_game_id = g.source_game_id
        LIMIT 1
    ) AS i ON TRUE
    WHERE g.source = %(source)s AND (g.known_through IS NULL OR g.captured_at <= g.known_through)
) AS games
WHERE is_near_open
ORDER BY source_game_id;
