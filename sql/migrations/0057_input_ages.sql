-- How old the facts behind a decision's features were. NaN for vectors that were built before ages were recorded.
-- depends: 0037_player_features

ALTER TABLE curated.game_features
    ADD COLUMN age_results REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN age_starters REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN age_bullpen REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN age_batting REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN age_lineups REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN age_players REAL NOT NULL DEFAULT 'NaN',
    ADD COLUMN age_closes REAL NOT NULL DEFAULT 'NaN';
COMMENT ON COLUMN curated.game_features.age_results IS 'Age of the final scores at the cutoff: days of the season since the newest known one, of the club with the older one [days].';
COMMENT ON COLUMN curated.game_features.age_starters IS 'Age of the box scores of starting pitchers at the cutoff: days of the season since the newest known one, of the club with the older one [days].';
COMMENT ON COLUMN curated.game_features.age_bullpen IS 'Age of the box scores of bullpens at the cutoff: days of the season since the newest known one, of the club with the older one [days].';
COMMENT ON COLUMN curated.game_features.age_batting IS 'Age of the box scores of team batting at the cutoff: days of the season since the newest known one, of the club with the older one [days].';
COMMENT ON COLUMN curated.game_features.age_lineups IS 'Age of the batting orders of past games at the cutoff: days of the season since the newest known one, of the club with the older one [days].';
COMMENT ON COLUMN curated.game_features.age_players IS 'Age of the lines of single players at the cutoff: days of the season since the newest known one, of the club with the older one [days].';
COMMENT ON COLUMN curated.game_features.age_closes IS 'Age of the closing prices in market memory at the cutoff: days of the season since the newest known one of any club [days].';
COMMENT ON COLUMN curated.game_features.home_bullpen_innings_1 IS 'Home team: bullpen innings of yesterday; NaN where it is not known [innings].';
COMMENT ON COLUMN curated.game_features.away_bullpen_innings_1 IS 'Away team: bullpen innings of yesterday; NaN where it is not known [innings].';
COMMENT ON COLUMN curated.game_features.home_bullpen_innings_3 IS 'Home team: bullpen innings of the last three days; NaN where a day is not known [innings].';
COMMENT ON COLUMN curated.game_features.away_bullpen_innings_3 IS 'Away team: bullpen innings of the last three days; NaN where a day is not known [innings].';
COMMENT ON COLUMN curated.game_features.home_bullpen_innings_7 IS 'Home team: bullpen innings of the last seven days; NaN where a day is not known [innings].';
COMMENT ON COLUMN curated.game_features.away_bullpen_innings_7 IS 'Away team: bullpen innings of the last seven days; NaN where a day is not known [innings].';
