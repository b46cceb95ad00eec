-- parks_of_first_season.sql: in which park did each club play most of its home games in the first season with games?
-- One row per club.
SELECT g.home_team, MODE() WITHIN GROUP (ORDER BY d.park_id) AS park_id
FROM curated.resolved_games AS g
INNER JOIN curated.game_details AS d ON d.game_id = g.id
WHERE g.season = (SELECT MIN(season) FROM curated.resolved_games)
    AND g.season_type = 'regular'
GROUP BY g.home_team;
