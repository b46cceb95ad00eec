-- Games of other programs' odds that nobody has listed are found by an index: looking for them, each build of a day and each
-- pricing of new facts read every game that ever had odds, and every listing. Of ten thousand games 36 ms and 400 pages with
-- statistics, 84 ms before the first ANALYZE.
-- depends: 0196_movement_of_sides

ALTER TABLE staging.odds_games ADD COLUMN is_listed BOOLEAN NOT NULL DEFAULT FALSE;
COMMENT ON COLUMN staging.odds_games.is_listed IS 'Whether staging.source_games is known to list the game; of others it is looked up until the next upkeep.';
UPDATE staging.odds_games AS p
SET is_listed = TRUE
FROM staging.source_games AS s
WHERE s.source = 'action_network' AND s.source_game_id = p.external_game_id;

CREATE INDEX odds_games_unlisted ON staging.odds_games (external_game_id) WHERE NOT is_listed;
CREATE INDEX odds_games_by_date ON staging.odds_games (game_date) WHERE game_date IS NOT NULL;

-- Nothing of ours deletes a listing; somebody who does wants the game to be identified again.
CREATE FUNCTION staging.forget_listings() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE staging.odds_games AS p
    SET is_listed = FALSE
    FROM replaced AS s
    WHERE s.source = 'action_network' AND s.source_game_id = p.external_game_id AND p.is_listed;
    RETURN NULL;
END;
$$;
REVOKE EXECUTE ON FUNCTION staging.forget_listings() FROM PUBLIC;
CREATE TRIGGER forget_listings AFTER DELETE ON staging.source_games
REFERENCING OLD TABLE AS replaced FOR EACH STATEMENT EXECUTE FUNCTION staging.forget_listings();
