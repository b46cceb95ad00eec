-- api_ratings_before.sql: what was the newest rating of each of these players by a day?
-- One row a player. :players, :role, :until the last day.
SELECT w.player_id, p.full_name, r.day, r.opportunities, r.strikeouts, r.walks, r.hit_batters, r.home_runs, r.singles,
    r.extra_bases
FROM UNNEST(%(players)s::VARCHAR[]) AS w (player_id)
CROSS JOIN LATERAL (
    SELECT *
    FROM curated.player_ratings AS r
    WHERE r.player_id = w.player_id AND r.role = %(role)s AND r.day <= %(until)s
    ORDER BY r.day DESC
    LIMIT 1
) AS r
LEFT JOIN staging.people AS p ON p.player_id = w.player_id;
