-- games_to_link.sql: which games of a source are to be matched: those without a link, those named, and the listings that
-- compete with them: of the same teams nearby, whoever is at home.
-- One row per source game; linked_game_id where it has a link.
-- %(source)s, %(games)s  the source's ids of games whose evidence changed
WITH open AS (
    SELECT g.source_game_id, g.home_team, g.away_team, g.game_date
    FROM staging.source_games AS g
    LEFT JOIN curated.game_identity AS i USING (source, source_game_id)
    WHERE g.source = %(source)s AND (i.game_id IS NULL OR g.source_game_id = ANY(%(games)s))
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
            OR (((o.home_team, o.away_team) = (g.home_team, g.away_team)
                    OR (o.away_team, o.home_team) = (g.home_team, g.away_team))
                AND g.game_date BETWEEN o.game_date - 2 AND o.game_date + 2)
    )
ORDER BY g.source_game_id;
