-- archive_game_stamps.sql: when do the result and the lineups of an archive's games count as known?
-- One row per game with a result. %(source)s
SELECT r.source_game_id, r.known_at AS result_known_at, l.known_at AS lineup_known_at
FROM (
    SELECT source_game_id, MIN(known_at) AS known_at
    FROM staging.game_results
    WHERE source = %(source)s
    GROUP BY source_game_id
) AS r
LEFT JOIN (
    SELECT source_game_id, MIN(known_at) AS known_at
    FROM staging.lineups
    WHERE source = %(source)s
    GROUP BY source_game_id
) AS l USING (source_game_id);
