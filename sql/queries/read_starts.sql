-- read_starts.sql: when do the games of a range of days start?
-- One row a game with a scheduled start. :from_day, :to_day  official dates, both included.
SELECT g.id AS game_id, g.game_datetime AS as_of
FROM curated.resolved_games AS g
WHERE g.game_date BETWEEN %(from_day)s AND %(to_day)s AND g.game_datetime IS NOT NULL
ORDER BY g.game_date, g.id;
