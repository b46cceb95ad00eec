-- write_boards.sql: which captures listed a game's markets in full; reads incoming_listings.
INSERT INTO staging.game_sightings (source, source_game_id, captured_at)
SELECT source, source_game_id, captured_at
FROM incoming_listings
ON CONFLICT DO NOTHING;
