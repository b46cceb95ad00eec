-- history_lineup_positions.sql: who plays where?
-- One row per game, side, source and version; the reader keeps the most believed source of each game (rank). Unsorted.
-- Setting mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
SELECT
    l.game_id, l.rank, CASE WHEN (r.side = 'home') <> l.reversed THEN 'home' ELSE 'away' END AS side,
    r.known_at AT TIME ZONE 'UTC' AS known_at,
    r.positions[1] AS position_1,
    r.positions[2] AS position_2,
    r.positions[3] AS position_3,
    r.positions[4] AS position_4,
    r.positions[5] AS position_5,
    r.positions[6] AS position_6,
    r.positions[7] AS position_7,
    r.positions[8] AS position_8,
    r.positions[9] AS position_9
FROM pg_temp.history_links AS l
JOIN staging.lineup_positions AS r USING (source, source_game_id)
WHERE r.known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ;
