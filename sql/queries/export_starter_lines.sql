-- export_starter_lines.sql: the starter lines of an archive.
-- One row per game and side. %(source)s
SELECT
    source_game_id AS game_id, side, known_at, player_id, outs, batters_faced, hits, runs, earned_runs, walks, hit_batters,
    strikeouts, home_runs, pitches, ground_outs, air_outs
FROM staging.starter_lines
WHERE source = %(source)s
ORDER BY source_game_id, side;
