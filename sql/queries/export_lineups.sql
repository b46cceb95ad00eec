-- export_lineups.sql: the starting nines of an archive.
-- One row per game and side. %(source)s
SELECT source_game_id AS game_id, side, batters
FROM staging.lineups
WHERE source = %(source)s
ORDER BY source_game_id, side;
