-- archive_rows_held.sql: how many rows of each staging table are of this source?
-- One row per table. %(source)s; player lines are an archive of their own whose rows carry the bundle's name.
SELECT 'source_games' AS table_name, COUNT(*) AS held FROM staging.source_games WHERE source = %(source)s
UNION ALL
SELECT 'game_results' AS table_name, COUNT(*) AS held FROM staging.game_results WHERE source = %(source)s
UNION ALL
SELECT 'game_conditions' AS table_name, COUNT(*) AS held FROM staging.game_conditions WHERE source = %(source)s
UNION ALL
SELECT 'probable_starters' AS table_name, COUNT(*) AS held FROM staging.probable_starters WHERE source = %(source)s
UNION ALL
SELECT 'lineups' AS table_name, COUNT(*) AS held FROM staging.lineups WHERE source = %(source)s
UNION ALL
SELECT 'starter_lines' AS table_name, COUNT(*) AS held FROM staging.starter_lines WHERE source = %(source)s
UNION ALL
SELECT 'bullpen_lines' AS table_name, COUNT(*) AS held FROM staging.bullpen_lines WHERE source = %(source)s
UNION ALL
SELECT 'team_lines' AS table_name, COUNT(*) AS held FROM staging.team_lines WHERE source = %(source)s
UNION ALL
SELECT 'archive_quotes' AS table_name, COUNT(*) AS held FROM staging.archive_quotes WHERE source = %(source)s
UNION ALL
SELECT 'batter_lines' AS table_name, COUNT(*) AS held FROM staging.batter_lines
WHERE source = 'history_bundle' AND %(source)s = 'history_players'
UNION ALL
SELECT 'pitcher_lines' AS table_name, COUNT(*) AS held FROM staging.pitcher_lines
WHERE source = 'history_bundle' AND %(source)s = 'history_players'
UNION ALL
SELECT 'lineup_positions' AS table_name, COUNT(*) AS held FROM staging.lineup_positions
WHERE source = 'history_bundle' AND %(source)s = 'history_players';
