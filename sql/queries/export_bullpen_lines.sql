-- export_bullpen_lines.sql: the bullpen lines of an archive.
-- One row per game and side. %(source)s
SELECT
    source_game_id AS game_id, side, known_at, outs, hits, earned_runs, walks, strikeouts, home_runs
FROM staging.bullpen_lines
WHERE source = %(source)s
ORDER BY source_game_id, side;
