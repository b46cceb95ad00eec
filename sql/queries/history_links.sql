-- history_links.sql: which records tell of which game? For the reading of a whole history, where every kind of fact joins it.
-- A temporary table of one row per linked record, gone with the transaction. Setting mlb_ml.history_since: only games after
-- that official date ('-infinity': all); mlb_ml.history_through: those that history_games.sql leaves out need no links.
CREATE TEMPORARY TABLE history_links ON COMMIT DROP AS
SELECT game_id, source, source_game_id, rank, reversed
FROM staging.linked_games
WHERE game_id IN (
    SELECT e.id
    FROM curated.resolved_games AS e
    WHERE e.game_date > current_setting('mlb_ml.history_since')::DATE
        AND e.game_datetime <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ + INTERVAL '10 days'
);
