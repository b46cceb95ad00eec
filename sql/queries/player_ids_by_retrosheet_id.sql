-- player_ids_by_retrosheet_id.sql: how do we call the players that Retrosheet knows?
-- One row per player with a Retrosheet id.
SELECT retrosheet_id, player_id
FROM staging.people
WHERE retrosheet_id IS NOT NULL;
