-- history_links.sql: which records tell of which game? For the reading of a whole history, where every kind of fact joins it.
-- A temporary table of one row per linked record, gone with the transaction.
CREATE TEMPORARY TABLE history_links ON COMMIT DROP AS
SELECT game_id, source, source_game_id, rank, reversed
FROM staging.linked_games;
