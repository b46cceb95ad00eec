-- names_and_places.sql: temporary tables for what identity/ knows of clubs and parks; emptied if they are there.
CREATE TEMPORARY TABLE IF NOT EXISTS game_names (
    code TEXT, full_name TEXT, valid_from DATE, valid_to DATE
) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE IF NOT EXISTS game_places (
    park_id TEXT PRIMARY KEY, city TEXT, state TEXT, timezone TEXT
) ON COMMIT DELETE ROWS;
DELETE FROM pg_temp.game_names;
DELETE FROM pg_temp.game_places;
