-- api_person.sql: who is a player?
-- One row. :player_id.
SELECT p.player_id, p.full_name, p.bats, p.throws, p.birth_date
FROM staging.people AS p
WHERE p.player_id = %(player_id)s;
