-- The newest stake of each side of a game is one descent of an index, however many decisions there were: the slate page
-- read every bet of its games whenever a stake was new.
-- depends: 0178_newest_predictions

-- Bets of one side of a game by their decisions; those of a stage are found by it too.
DROP INDEX curated.ml_recommendations_bets;
CREATE INDEX ml_recommendations_bets
    ON curated.ml_recommendations (stage, game_id, market_type, side, decided_at, prediction_id) WHERE stake > 0;
