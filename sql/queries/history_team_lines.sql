-- history_team_lines.sql: what did each batting side do?
-- The most believed source that has such a fact of the game gives all its versions, one row a version.
-- Setting mlb_ml.history_through: what became known later is left out ('infinity' leaves out nothing).
WITH best AS (
    SELECT l.game_id, MIN(l.rank) AS rank
    FROM staging.linked_games AS l
    JOIN staging.team_lines AS r USING (source, source_game_id)
    GROUP BY l.game_id
)
SELECT DISTINCT ON (l.game_id, r.side, r.known_at)
    l.game_id, CASE WHEN (r.side = 'home') <> l.reversed THEN 'home' ELSE 'away' END AS side,
    r.known_at AT TIME ZONE 'UTC' AS known_at,
    r.at_bats, r.runs, r.hits, r.doubles, r.triples, r.home_runs, r.walks, r.strikeouts, r.stolen_bases, r.errors
FROM best AS b
JOIN staging.linked_games AS l USING (game_id, rank)
JOIN staging.team_lines AS r USING (source, source_game_id)
WHERE r.known_at <= current_setting('mlb_ml.history_through')::TIMESTAMPTZ
ORDER BY l.game_id, r.side, r.known_at, l.source;
