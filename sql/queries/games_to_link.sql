-- games_to_link.sql: games of a source that are linked to none of ours, and their siblings of the same teams nearby.
-- One row a source game; linked_game_id where it is linked already.
-- %(source)s
WITH open AS (
    SELECT g.source_game_id, g.home_team, g.away_team, g.game_date
    FROM staging.source_games AS g
    LEFT JOIN curated.game_identity AS i USING (source, source_game_id)
    WHERE g.source = %(source)s AND i.game_id IS NULL
)
SELECT
    g.source_game_id, g.game_pk, g.game_date, g.home_team, g.away_team, g.scheduled_start, g.status, g.game_number,
    g.doubleheader, g.away_rotation, g.captured_at AS last_seen, i.game_id AS linked_game_id
FROM staging.source_games AS g
LEFT JOIN curated.game_identity AS i USING (source, source_game_id)
WHERE g.source = %(source)s
    AND EXISTS (
        SELECT 1
        FROM open AS o
        WHERE o.source_game_id = g.source_game_id
            OR ((o.home_team, o.away_team) = (g.home_team, g.away_team)
                AND g.game_date BETWEEN o.game_date - 2 AND o.game_date + 2)
    )
ORDER BY g.source_game_id;
