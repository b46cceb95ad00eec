-- Column of the wide feature table for the plate umpire's strikeouts and walks.
-- depends: 0037_player_features

ALTER TABLE curated.game_features ADD COLUMN umpire_value REAL NOT NULL DEFAULT 'NaN';
COMMENT ON COLUMN curated.game_features.umpire_value IS 'Runs that the plate umpire adds through strikeouts and walks [runs per plate appearance].';
