-- export_batter_lines.sql: the batter lines of an archive.
-- One row per game, side and player. %(source)s
SELECT
    r.source_game_id AS retro_game_id, g.source_game_id AS game_id,
    COALESCE(g.season, EXTRACT(YEAR FROM r.known_at)::INTEGER) AS season, r.side,
    COALESCE(p.retrosheet_id, r.player_id) AS player_id, r.slot, r.started::INTEGER AS started, r.plate_appearances, r.at_bats, r.hits, r.doubles, r.triples, r.home_runs, r.walks,
    r.intentional_walks, r.hit_by_pitch, r.strikeouts, r.sacrifice_bunts, r.sacrifice_flies, r.reached_on_error
FROM staging.batter_lines AS r
LEFT JOIN staging.source_games AS g USING (source, source_game_id)
LEFT JOIN staging.people AS p USING (player_id)
WHERE r.source = %(source)s
ORDER BY r.source_game_id, r.side, r.slot, r.player_id;
