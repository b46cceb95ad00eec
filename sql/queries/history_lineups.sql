-- history_lineups.sql: who bats where?
-- One row per game, side, source and version; the reader keeps the most believed source of each game (rank). Unsorted.
-- Setting mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
SELECT
    l.game_id, l.rank, CASE WHEN (r.side = 'home') <> l.reversed THEN 'home' ELSE 'away' END AS side,
    r.known_at AT TIME ZONE 'UTC' AS known_at,
    r.batters[1] AS batter_1,
    r.batters[2] AS batter_2,
    r.batters[3] AS batter_3,
    r.batters[4] AS batter_4,
    r.batters[5] AS batter_5,
    r.batters[6] AS batter_6,
    r.batters[7] AS batter_7,
    r.batters[8] AS batter_8,
    r.batters[9] AS batter_9
FROM pg_temp.history_links AS l
JOIN staging.lineups AS r USING (source, source_game_id)
WHERE r.known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ;
