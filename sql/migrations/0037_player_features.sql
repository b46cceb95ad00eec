-- Columns of the wide feature table for ratings of single players.
-- depends: 0036_player_lines

ALTER TABLE curated.game_features
    ADD COLUMN home_player_runs REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_player_runs REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_nine_value REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_nine_value REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_nine_platoon REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_nine_platoon REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_nine_newness REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_nine_newness REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_value REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_value REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_newness REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_newness REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_game_share REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_game_share REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_bullpen_value REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_bullpen_value REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_defense_value REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_defense_value REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_catcher_value REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_catcher_value REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_ground_balls REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_ground_balls REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_nine_age REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_nine_age REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_nine_age_over_32 REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_nine_age_over_32 REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_nine_age_under_25 REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_nine_age_under_25 REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_age REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_age REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_age_over_32 REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_age_over_32 REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_age_under_25 REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_age_under_25 REAL NOT NULL DEFAULT 'NaN';

COMMENT ON COLUMN curated.game_features.home_player_runs IS 'Home side: runs expected from the batters against the starter, bullpen, catcher and defense they meet [runs a game beyond the average].';
COMMENT ON COLUMN curated.game_features.away_player_runs IS 'Away side: runs expected from the batters against the starter, bullpen, catcher and defense they meet [runs a game beyond the average].';
COMMENT ON COLUMN curated.game_features.home_nine_value IS 'Home side: value of the batters against average pitching [runs per plate appearance].';
COMMENT ON COLUMN curated.game_features.away_nine_value IS 'Away side: value of the batters against average pitching [runs per plate appearance].';
COMMENT ON COLUMN curated.game_features.home_nine_platoon IS 'Home side: the part of it that comes from the platoon advantage [runs per plate appearance].';
COMMENT ON COLUMN curated.game_features.away_nine_platoon IS 'Away side: the part of it that comes from the platoon advantage [runs per plate appearance].';
COMMENT ON COLUMN curated.game_features.home_nine_newness IS 'Home side: share of the batters'' ratings that is prior: 1 for debutants [0..1].';
COMMENT ON COLUMN curated.game_features.away_nine_newness IS 'Away side: share of the batters'' ratings that is prior: 1 for debutants [0..1].';
COMMENT ON COLUMN curated.game_features.home_starter_value IS 'Home side: runs that the starter adds per batter, times his share; positive is bad [runs x share].';
COMMENT ON COLUMN curated.game_features.away_starter_value IS 'Away side: runs that the starter adds per batter, times his share; positive is bad [runs x share].';
COMMENT ON COLUMN curated.game_features.home_starter_newness IS 'Home side: 1 for a starter never seen, falling with batters faced [0..1].';
COMMENT ON COLUMN curated.game_features.away_starter_newness IS 'Away side: 1 for a starter never seen, falling with batters faced [0..1].';
COMMENT ON COLUMN curated.game_features.home_starter_game_share IS 'Home side: share of the game''s batters that the starter is expected to face [share].';
COMMENT ON COLUMN curated.game_features.away_starter_game_share IS 'Away side: share of the game''s batters that the starter is expected to face [share].';
COMMENT ON COLUMN curated.game_features.home_bullpen_value IS 'Home side: runs that relievers add per batter, times their share; positive is bad [runs x share].';
COMMENT ON COLUMN curated.game_features.away_bullpen_value IS 'Away side: runs that relievers add per batter, times their share; positive is bad [runs x share].';
COMMENT ON COLUMN curated.game_features.home_defense_value IS 'Home side: hits allowed per ball in play beyond pitchers and park; positive is bad [per ball].';
COMMENT ON COLUMN curated.game_features.away_defense_value IS 'Away side: hits allowed per ball in play beyond pitchers and park; positive is bad [per ball].';
COMMENT ON COLUMN curated.game_features.home_catcher_value IS 'Home side: runs that the catcher adds through strikeouts and walks; positive is bad [runs].';
COMMENT ON COLUMN curated.game_features.away_catcher_value IS 'Away side: runs that the catcher adds through strikeouts and walks; positive is bad [runs].';
COMMENT ON COLUMN curated.game_features.home_starter_ground_balls IS 'Home side: starter''s ground balls among batted balls beyond the league [share].';
COMMENT ON COLUMN curated.game_features.away_starter_ground_balls IS 'Away side: starter''s ground balls among batted balls beyond the league [share].';
COMMENT ON COLUMN curated.game_features.home_nine_age IS 'Home side: mean age of the batters [years].';
COMMENT ON COLUMN curated.game_features.away_nine_age IS 'Away side: mean age of the batters [years].';
COMMENT ON COLUMN curated.game_features.home_nine_age_over_32 IS 'Home side: mean years beyond 32 [years].';
COMMENT ON COLUMN curated.game_features.away_nine_age_over_32 IS 'Away side: mean years beyond 32 [years].';
COMMENT ON COLUMN curated.game_features.home_nine_age_under_25 IS 'Home side: mean years short of 25 [years].';
COMMENT ON COLUMN curated.game_features.away_nine_age_under_25 IS 'Away side: mean years short of 25 [years].';
COMMENT ON COLUMN curated.game_features.home_starter_age IS 'Home side: age of the starter [years].';
COMMENT ON COLUMN curated.game_features.away_starter_age IS 'Away side: age of the starter [years].';
COMMENT ON COLUMN curated.game_features.home_starter_age_over_32 IS 'Home side: his years beyond 32 [years].';
COMMENT ON COLUMN curated.game_features.away_starter_age_over_32 IS 'Away side: his years beyond 32 [years].';
COMMENT ON COLUMN curated.game_features.home_starter_age_under_25 IS 'Home side: his years short of 25 [years].';
COMMENT ON COLUMN curated.game_features.away_starter_age_under_25 IS 'Away side: his years short of 25 [years].';
