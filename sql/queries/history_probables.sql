-- history_probables.sql: which starters were announced, and when? A listing that was withdrawn has no player.
-- One row per game, side, source and version; the reader keeps the most believed source of each game (rank). Unsorted.
-- Setting mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
SELECT
    l.game_id, l.rank, CASE WHEN (r.side = 'home') <> l.reversed THEN 'home' ELSE 'away' END AS side,
    r.known_at AT TIME ZONE 'UTC' AS known_at,
    r.player_id
FROM pg_temp.history_links AS l
JOIN staging.probable_starters AS r USING (source, source_game_id)
WHERE r.known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ;
