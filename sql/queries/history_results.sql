-- history_results.sql: how did each game end?
-- The most believed source that has such a fact of the game gives all its versions, one row a version.
-- Setting mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
WITH best AS (
    SELECT l.game_id, MIN(l.rank) AS rank
    FROM staging.linked_games AS l
    JOIN staging.game_results AS r USING (source, source_game_id)
    GROUP BY l.game_id
)
SELECT DISTINCT ON (l.game_id, r.known_at)
    l.game_id, r.known_at AT TIME ZONE 'UTC' AS known_at,
    CASE WHEN l.reversed THEN r.away_score ELSE r.home_score END AS home_score,
    CASE WHEN l.reversed THEN r.home_score ELSE r.away_score END AS away_score,
    r.innings, r.suspended, d.home_bats_first <> FALSE AS home_bats_first,
    CASE WHEN l.reversed THEN r.away_line_score ELSE r.home_line_score END AS home_line_score,
    CASE WHEN l.reversed THEN r.home_line_score ELSE r.away_line_score END AS away_line_score,
    CASE WHEN l.reversed THEN r.away_starter_id ELSE r.home_starter_id END AS home_starter_id,
    CASE WHEN l.reversed THEN r.home_starter_id ELSE r.away_starter_id END AS away_starter_id
FROM best AS b
JOIN staging.linked_games AS l USING (game_id, rank)
JOIN staging.game_results AS r USING (source, source_game_id)
JOIN curated.game_details AS d USING (game_id)
WHERE r.known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ
ORDER BY l.game_id, r.known_at, l.source;
