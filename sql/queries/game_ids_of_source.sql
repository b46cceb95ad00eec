-- game_ids_of_source.sql: which game is each record of a source?
-- One row a linked record.
SELECT source_game_id, game_id
FROM curated.game_identity
WHERE source = %(source)s;
