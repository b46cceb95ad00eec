-- api_ratings_of_player.sql: how was a player rated, day by day?
-- One row a role and day, newest first; league_ columns are the league's rates after the same day.
-- :player_id, :until the last day, :limit, :offset.
SELECT
    r.role, r.day, r.opportunities, r.strikeouts, r.walks, r.hit_batters, r.home_runs, r.singles, r.extra_bases,
    r.strikeouts_se, r.walks_se, r.hit_batters_se, r.home_runs_se, r.singles_se, r.extra_bases_se,
    l.strikeouts AS league_strikeouts, l.walks AS league_walks, l.hit_batters AS league_hit_batters,
    l.home_runs AS league_home_runs, l.singles AS league_singles, l.extra_bases AS league_extra_bases
FROM curated.player_ratings AS r
LEFT JOIN curated.player_ratings AS l ON l.player_id = 'league' AND l.role = 'league' AND l.day = r.day
WHERE r.player_id = %(player_id)s AND r.day <= %(until)s
ORDER BY r.day DESC, r.role
LIMIT %(limit)s OFFSET %(offset)s;
