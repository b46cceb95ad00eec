-- api_rated_players.sql: which rated players have a name like this?
-- One row a player and role, the newest rating first. :name part of a name, :limit.
SELECT p.player_id, p.full_name, p.bats, p.throws, r.role, r.day, r.opportunities
FROM staging.people AS p
CROSS JOIN (VALUES ('batter'), ('pitcher'), ('catcher')) AS k (role)
CROSS JOIN LATERAL (
    SELECT n.role, n.day, n.opportunities
    FROM curated.player_ratings AS n
    WHERE n.player_id = p.player_id AND n.role = k.role
    ORDER BY n.day DESC
    LIMIT 1
) AS r
WHERE POSITION(LOWER(%(name)s) IN LOWER(p.full_name)) > 0
ORDER BY r.day DESC, r.opportunities DESC, p.player_id, r.role
LIMIT %(limit)s;
