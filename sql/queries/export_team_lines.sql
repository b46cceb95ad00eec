-- export_team_lines.sql: the team lines of an archive.
-- One row per game and side. %(source)s
SELECT
    source_game_id AS game_id, side, known_at, at_bats, runs, hits, doubles, triples, home_runs, walks, strikeouts,
    stolen_bases, errors
FROM staging.team_lines
WHERE source = %(source)s
ORDER BY source_game_id, side;
