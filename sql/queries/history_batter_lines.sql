-- history_batter_lines.sql: what did each batter do?
-- One row per game, side, player, source and version; the reader keeps the most believed source of each game (rank).
-- Setting mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
SELECT
    l.game_id, l.rank, CASE WHEN (r.side = 'home') <> l.reversed THEN 'home' ELSE 'away' END AS side,
    r.known_at AT TIME ZONE 'UTC' AS known_at,
    r.player_id, r.plate_appearances, r.hits, r.doubles, r.triples, r.home_runs, r.walks, r.intentional_walks,
    r.hit_by_pitch, r.strikeouts, r.sacrifice_bunts
FROM pg_temp.history_links AS l
JOIN staging.batter_lines AS r USING (source, source_game_id)
WHERE r.known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ;
