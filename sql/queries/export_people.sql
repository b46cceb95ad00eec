-- export_people.sql: the players that Retrosheet knows.
-- One row per player; people belong to no source.
SELECT player_id, mlbam_id, retrosheet_id, full_name, bats, throws, birth_date, debut
FROM staging.people
WHERE retrosheet_id IS NOT NULL
ORDER BY retrosheet_id;
