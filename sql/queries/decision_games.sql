-- decision_games.sql: when do the games of the days start, and under which rules?
-- One row a game; half-open range. schedule_known_at: of a game that moved, when its present place was known.
-- :games alone; NULL means all.
SELECT g.id AS game_id, g.game_datetime AS start, g.season_type, d.doubleheader, m.schedule_known_at
FROM curated.resolved_games AS g
JOIN curated.game_details AS d ON d.game_id = g.id
-- A fence: the view groups by game, which a join does for every listing.
LEFT JOIN LATERAL (SELECT schedule_known_at FROM staging.moved_games WHERE game_id = g.id OFFSET 0) AS m ON TRUE
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND g.game_status NOT IN ('postponed', 'cancelled')
    AND (%(games)s::INTEGER[] IS NULL OR g.id = ANY(%(games)s::INTEGER[]));
