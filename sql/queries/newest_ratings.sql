-- newest_ratings.sql: what is the newest rating of every player in a role?
-- One row a player, with the league's rates after the same day. %(role)s.
SELECT DISTINCT ON (r.player_id)
    r.player_id, p.full_name, r.role, r.day, r.opportunities, r.strikeouts, r.walks, r.hit_batters, r.home_runs,
    r.singles, r.extra_bases, l.strikeouts AS league_strikeouts, l.walks AS league_walks,
    l.hit_batters AS league_hit_batters, l.home_runs AS league_home_runs, l.singles AS league_singles,
    l.extra_bases AS league_extra_bases
FROM curated.player_ratings AS r
LEFT JOIN staging.people AS p ON p.player_id = r.player_id
LEFT JOIN curated.player_ratings AS l ON l.player_id = 'league' AND l.role = 'league' AND l.day = r.day
WHERE r.role = %(role)s
ORDER BY r.player_id, r.day DESC;
