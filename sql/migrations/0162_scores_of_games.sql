-- Which reported scores are of a game: one condition for the statements that write games and their details.
-- depends: 0161_operator_closes

CREATE FUNCTION staging.is_score_of_game(game_status VARCHAR, scheduled_start TIMESTAMPTZ, known_at TIMESTAMPTZ) RETURNS BOOLEAN
LANGUAGE SQL IMMUTABLE PARALLEL SAFE
RETURN COALESCE(game_status IN ('live', 'final', 'suspended') OR known_at > scheduled_start, TRUE);
COMMENT ON FUNCTION staging.is_score_of_game IS 'Whether a score known at an instant can be of the game: one from before the start of a game that its schedule calls unplayed is another game''s. TRUE without a schedule.';
