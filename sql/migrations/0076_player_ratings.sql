-- Ratings of players by date: one row per player and day on which his rating changed.
-- depends: 0037_player_features

CREATE TABLE curated.player_ratings (
    player_id VARCHAR(20) NOT NULL,
    role VARCHAR(8) NOT NULL CHECK (role IN ('batter', 'pitcher', 'catcher', 'league')),
    day DATE NOT NULL,
    opportunities REAL NOT NULL,
    strikeouts REAL,
    walks REAL,
    hit_batters REAL,
    home_runs REAL,
    singles REAL,
    extra_bases REAL,
    strikeouts_se REAL,
    walks_se REAL,
    hit_batters_se REAL,
    home_runs_se REAL,
    singles_se REAL,
    extra_bases_se REAL,
    PRIMARY KEY (player_id, role, day)
);
COMMENT ON TABLE curated.player_ratings IS 'Ratings of batters, pitchers and catchers after each day on which they played, beyond what platoon, role, park and opponents predict; role league has the league''s rates themselves. Known from 06:00 Eastern of the day after.';
COMMENT ON COLUMN curated.player_ratings.player_id IS 'The player, staging.people.player_id; league for the league.';
COMMENT ON COLUMN curated.player_ratings.role IS 'What is rated: batter, pitcher, catcher (strikeouts and walks of the pitchers he caught), or league.';
COMMENT ON COLUMN curated.player_ratings.day IS 'Official date of the last games in the rating.';
COMMENT ON COLUMN curated.player_ratings.opportunities IS 'Plate appearances behind the rating, those of the past faded.';
COMMENT ON COLUMN curated.player_ratings.strikeouts IS 'Strikeouts per plate appearance beyond expectation.';
COMMENT ON COLUMN curated.player_ratings.walks IS 'Walks, intentional ones left out, per plate appearance beyond expectation.';
COMMENT ON COLUMN curated.player_ratings.hit_batters IS 'Hit batters per plate appearance beyond expectation.';
COMMENT ON COLUMN curated.player_ratings.home_runs IS 'Home runs per contact beyond expectation.';
COMMENT ON COLUMN curated.player_ratings.singles IS 'Singles per ball in play beyond expectation.';
COMMENT ON COLUMN curated.player_ratings.extra_bases IS 'Doubles and triples per ball in play beyond expectation.';
COMMENT ON COLUMN curated.player_ratings.strikeouts_se IS 'Standard error of strikeouts: binomial, of the faded opportunities and the prior together.';
COMMENT ON COLUMN curated.player_ratings.walks_se IS 'Standard error of walks: binomial, of the faded opportunities and the prior together.';
COMMENT ON COLUMN curated.player_ratings.hit_batters_se IS 'Standard error of hit_batters: binomial, of the faded opportunities and the prior together.';
COMMENT ON COLUMN curated.player_ratings.home_runs_se IS 'Standard error of home_runs: binomial, of the faded opportunities and the prior together.';
COMMENT ON COLUMN curated.player_ratings.singles_se IS 'Standard error of singles: binomial, of the faded opportunities and the prior together.';
COMMENT ON COLUMN curated.player_ratings.extra_bases_se IS 'Standard error of extra_bases: binomial, of the faded opportunities and the prior together.';
