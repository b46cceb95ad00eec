-- records_to_link.sql: which records of the schedule and of archives are about the games of these days? Listings of live
-- sources are matched by listings_to_match.sql.
-- One row per source and source's game: those of the days, and those of the day before and after that no game has yet.
-- Scores are the source's own, its latest. %(from_day)s, %(to_day)s  official dates, both included.
SELECT
    g.source, g.source_game_id, g.game_pk, g.game_date, g.season_type, g.home_team, g.away_team, g.game_number,
    g.doubleheader, g.away_rotation, g.scheduled_start, g.start_assumed OR g.scheduled_start IS NULL AS start_assumed,
    r.home_score, r.away_score
FROM staging.source_games AS g
LEFT JOIN LATERAL (
    SELECT r.home_score, r.away_score
    FROM staging.game_results AS r
    WHERE r.source = g.source AND r.source_game_id = g.source_game_id
    ORDER BY r.known_at DESC
    LIMIT 1
) AS r ON TRUE
WHERE g.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
    AND staging.source_rank(g.source) <= 4
    AND (g.known_through IS NULL OR g.captured_at <= g.known_through)
    AND (
        g.game_date BETWEEN %(from_day)s AND %(to_day)s
        -- No EXISTS: where the days are taken for many, it is answered from all links at once.
        OR (
            SELECT i.game_id
            FROM curated.game_identity AS i
            WHERE i.source = g.source AND i.source_game_id = g.source_game_id
        ) IS NULL
    )
ORDER BY g.source, g.source_game_id;
