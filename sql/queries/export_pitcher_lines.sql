-- export_pitcher_lines.sql: the pitcher lines of an archive.
-- One row per game, side and player. %(source)s
SELECT
    r.source_game_id AS retro_game_id, g.source_game_id AS game_id,
    COALESCE(g.season, EXTRACT(YEAR FROM r.known_at)::INTEGER) AS season, r.side,
    COALESCE(p.retrosheet_id, r.player_id) AS player_id, r.appearance, r.batters_faced, r.outs, r.hits, r.doubles, r.triples, r.home_runs, r.earned_runs, r.walks,
    r.intentional_walks, r.hit_batters, r.strikeouts, r.pitches, r.ground_balls, r.fly_balls, r.line_drives, r.pop_ups
FROM staging.pitcher_lines AS r
LEFT JOIN staging.source_games AS g USING (source, source_game_id)
LEFT JOIN staging.people AS p USING (player_id)
WHERE r.source = %(source)s
ORDER BY r.source_game_id, r.side, r.appearance;
