-- history_people.sql: who are the players?
SELECT player_id, bats, throws, birth_date, debut
FROM staging.people
ORDER BY player_id;
