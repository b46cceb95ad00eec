-- export_lineup_positions.sql: the fielding positions of an archive's lineups.
-- One row per game and side. %(source)s
SELECT
    r.source_game_id AS retro_game_id, r.side,
    r.positions[1] AS position_1, r.positions[2] AS position_2, r.positions[3] AS position_3,
    r.positions[4] AS position_4, r.positions[5] AS position_5, r.positions[6] AS position_6,
    r.positions[7] AS position_7, r.positions[8] AS position_8, r.positions[9] AS position_9,
    g.source_game_id AS game_id, COALESCE(g.season, EXTRACT(YEAR FROM r.known_at)::INTEGER) AS season
FROM staging.lineup_positions AS r
LEFT JOIN staging.source_games AS g USING (source, source_game_id)
WHERE r.source = %(source)s
ORDER BY r.source_game_id, r.side;
