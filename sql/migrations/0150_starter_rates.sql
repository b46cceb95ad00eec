-- Columns of the wide feature table for each of a starter's six rates.
-- depends: 0100_umpire_value

ALTER TABLE curated.game_features
    ADD COLUMN home_starter_rated_strikeouts REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_rated_strikeouts REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_recent_strikeouts REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_recent_strikeouts REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_rated_walks REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_rated_walks REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_recent_walks REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_recent_walks REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_rated_hit_batters REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_rated_hit_batters REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_recent_hit_batters REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_recent_hit_batters REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_rated_home_runs REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_rated_home_runs REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_recent_home_runs REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_recent_home_runs REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_rated_singles REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_rated_singles REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_recent_singles REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_recent_singles REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_rated_extra_bases REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_rated_extra_bases REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN home_starter_recent_extra_bases REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN away_starter_recent_extra_bases REAL NOT NULL DEFAULT 'NaN';

COMMENT ON COLUMN curated.game_features.home_starter_rated_strikeouts IS 'Home side: starter''s strikeouts beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.away_starter_rated_strikeouts IS 'Away side: starter''s strikeouts beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.home_starter_recent_strikeouts IS 'Home side: starter''s strikeouts of the last months beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.away_starter_recent_strikeouts IS 'Away side: starter''s strikeouts of the last months beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.home_starter_rated_walks IS 'Home side: starter''s walks beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.away_starter_rated_walks IS 'Away side: starter''s walks beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.home_starter_recent_walks IS 'Home side: starter''s walks of the last months beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.away_starter_recent_walks IS 'Away side: starter''s walks of the last months beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.home_starter_rated_hit_batters IS 'Home side: starter''s hit batters beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.away_starter_rated_hit_batters IS 'Away side: starter''s hit batters beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.home_starter_recent_hit_batters IS 'Home side: starter''s hit batters of the last months beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.away_starter_recent_hit_batters IS 'Away side: starter''s hit batters of the last months beyond expectation, times his share of the game [per plate appearance x share].';
COMMENT ON COLUMN curated.game_features.home_starter_rated_home_runs IS 'Home side: starter''s home runs beyond expectation, times his share of the game [per contact x share].';
COMMENT ON COLUMN curated.game_features.away_starter_rated_home_runs IS 'Away side: starter''s home runs beyond expectation, times his share of the game [per contact x share].';
COMMENT ON COLUMN curated.game_features.home_starter_recent_home_runs IS 'Home side: starter''s home runs of the last months beyond expectation, times his share of the game [per contact x share].';
COMMENT ON COLUMN curated.game_features.away_starter_recent_home_runs IS 'Away side: starter''s home runs of the last months beyond expectation, times his share of the game [per contact x share].';
COMMENT ON COLUMN curated.game_features.home_starter_rated_singles IS 'Home side: starter''s singles beyond expectation, times his share of the game [per ball in play x share].';
COMMENT ON COLUMN curated.game_features.away_starter_rated_singles IS 'Away side: starter''s singles beyond expectation, times his share of the game [per ball in play x share].';
COMMENT ON COLUMN curated.game_features.home_starter_recent_singles IS 'Home side: starter''s singles of the last months beyond expectation, times his share of the game [per ball in play x share].';
COMMENT ON COLUMN curated.game_features.away_starter_recent_singles IS 'Away side: starter''s singles of the last months beyond expectation, times his share of the game [per ball in play x share].';
COMMENT ON COLUMN curated.game_features.home_starter_rated_extra_bases IS 'Home side: starter''s extra bases beyond expectation, times his share of the game [per ball in play x share].';
COMMENT ON COLUMN curated.game_features.away_starter_rated_extra_bases IS 'Away side: starter''s extra bases beyond expectation, times his share of the game [per ball in play x share].';
COMMENT ON COLUMN curated.game_features.home_starter_recent_extra_bases IS 'Home side: starter''s extra bases of the last months beyond expectation, times his share of the game [per ball in play x share].';
COMMENT ON COLUMN curated.game_features.away_starter_recent_extra_bases IS 'Away side: starter''s extra bases of the last months beyond expectation, times his share of the game [per ball in play x share].';
