-- parks_of_days.sql: where are the games of these days that are still to be played?
-- One row a park. %(first)s, %(last)s: official dates, both included.
SELECT DISTINCT d.park_id
FROM curated.resolved_games AS g
INNER JOIN curated.game_details AS d ON d.game_id = g.id
WHERE g.game_date BETWEEN %(first)s AND %(last)s AND g.home_score IS NULL AND d.park_id IS NOT NULL
ORDER BY d.park_id;
