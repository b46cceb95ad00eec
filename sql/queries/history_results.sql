-- history_results.sql: how did each game end?
-- One row per game, source and version; the reader keeps the most believed source of each game (rank). Unsorted.
-- Setting mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
SELECT
    l.game_id, l.rank, r.known_at AT TIME ZONE 'UTC' AS known_at,
    CASE WHEN l.reversed THEN r.away_score ELSE r.home_score END AS home_score,
    CASE WHEN l.reversed THEN r.home_score ELSE r.away_score END AS away_score,
    r.innings, r.suspended, d.home_bats_first <> FALSE AS home_bats_first,
    CASE WHEN l.reversed THEN r.away_line_score ELSE r.home_line_score END AS home_line_score,
    CASE WHEN l.reversed THEN r.home_line_score ELSE r.away_line_score END AS away_line_score,
    CASE WHEN l.reversed THEN r.away_starter_id ELSE r.home_starter_id END AS home_starter_id,
    CASE WHEN l.reversed THEN r.home_starter_id ELSE r.away_starter_id END AS away_starter_id
FROM pg_temp.history_links AS l
JOIN staging.game_results AS r USING (source, source_game_id)
JOIN curated.game_details AS d USING (game_id)
WHERE r.known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ;
