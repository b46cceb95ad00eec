-- games_to_link.sql: which games of a source are to be matched: those named, those within a week of them or of a day that
-- have no link, and the listings that compete with either: of the same teams nearby, whichever team is at home.
-- One row per source game; linked_game_id where it has a link. Each day is read once, by index, whatever the statistics
-- say. A listing farther off is matched when its own evidence or the games of its days change: it is named then.
-- %(source)s, %(games)s  the source's ids of games whose evidence changed; %(day)s  a day that is ingested, or NULL
WITH days AS MATERIALIZED (
    SELECT n.game_date + shift AS game_date, BOOL_OR(ABS(shift) <= 7) AS is_near_named
    FROM (
        SELECT g.game_date
        FROM UNNEST(%(games)s::VARCHAR[]) AS name (source_game_id)
        CROSS JOIN LATERAL (
            SELECT s.game_date
            FROM staging.source_games AS s
            WHERE s.source = %(source)s AND s.source_game_id = name.source_game_id
            OFFSET 0
        ) AS g
        UNION ALL
        SELECT %(day)s::DATE WHERE %(day)s::DATE IS NOT NULL
    ) AS n
    -- Two days more: competitors of the listings of the week's last day.
    CROSS JOIN GENERATE_SERIES(-9, 9) AS shift
    GROUP BY n.game_date + shift
)
SELECT
    source_game_id, game_pk, game_date, home_team, away_team, scheduled_start, status, game_number, doubleheader,
    away_rotation, captured_at AS last_seen, linked_game_id
FROM (
    SELECT
        g.*, i.game_id AS linked_game_id,
        BOOL_OR((i.game_id IS NULL AND d.is_near_named) OR g.source_game_id = ANY(%(games)s::VARCHAR[])) OVER (
            PARTITION BY LEAST(g.home_team, g.away_team), GREATEST(g.home_team, g.away_team)
            ORDER BY g.game_date
            RANGE BETWEEN INTERVAL '2 days' PRECEDING AND INTERVAL '2 days' FOLLOWING
        ) AS is_near_open
    FROM days AS d
    CROSS JOIN LATERAL (
        SELECT *
        FROM staging.source_games AS s
        WHERE s.game_date = d.game_date AND s.source = %(source)s
            AND (s.known_through IS NULL OR s.captured_at <= s.known_through)
        OFFSET 0
    ) AS g
    LEFT JOIN LATERAL (
        SELECT l.game_id
        FROM curated.game_identity AS l
        WHERE l.source = g.source AND l.source_game_id = g.source_game_id
        LIMIT 1
    ) AS i ON TRUE
) AS games
WHERE is_near_open
ORDER BY source_game_id;
