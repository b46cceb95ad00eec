-- api_game_events.sql: what did each source report of a game's schedule, suspension and result, and when was it known?
-- One row a stored row of a source, oldest first; facts holds what that row says, without its NULLs.
-- %(game_id)s
WITH linked AS MATERIALIZED (
    SELECT l.source, l.source_game_id, l.reversed FROM staging.linked_games AS l WHERE l.game_id = %(game_id)s
),
events AS (
    SELECT
        h.source, h.source_game_id, h.captured_at AS known_at, FALSE AS assumed, 'schedule' AS event,
        JSONB_BUILD_OBJECT(
            'status', h.status, 'status_detail', h.status_detail, 'game_date', h.game_date,
            'scheduled_start', h.scheduled_start, 'scheduled_innings', h.scheduled_innings
        ) AS facts
    FROM linked AS l
    JOIN staging.game_status_history AS h USING (source, source_game_id)
    UNION ALL
    SELECT
        s.source, s.source_game_id, s.known_at, s.assumed, 'suspension',
        JSONB_BUILD_OBJECT(
            'home_score', CASE WHEN l.reversed THEN s.away_score ELSE s.home_score END,
            'away_score', CASE WHEN l.reversed THEN s.home_score ELSE s.away_score END,
            'outs', s.outs, 'resumes_at', s.resumes_at
        )
    FROM linked AS l
    JOIN staging.game_suspensions AS s USING (source, source_game_id)
    UNION ALL
    SELECT
        r.source, r.source_game_id, r.known_at, r.assumed, 'result',
        JSONB_BUILD_OBJECT(
            'home_score', CASE WHEN l.reversed THEN r.away_score ELSE r.home_score END,
            'away_score', CASE WHEN l.reversed THEN r.home_score ELSE r.away_score END,
            'home_line', CASE WHEN l.reversed THEN r.away_line_score ELSE r.home_line_score END,
            'away_line', CASE WHEN l.reversed THEN r.home_line_score ELSE r.away_line_score END,
            'innings', r.innings, 'first_pitch', r.first_pitch, 'completed_at', r.completed_at, 'forfeit', r.forfeit,
            'home_starter', CASE WHEN l.reversed THEN r.away_starter_name ELSE r.home_starter_name END,
            'away_starter', CASE WHEN l.reversed THEN r.home_starter_name ELSE r.away_starter_name END
        )
    FROM linked AS l
    JOIN staging.game_results AS r USING (source, source_game_id)
)
SELECT e.source, e.source_game_id, e.known_at, e.assumed, e.event, JSONB_STRIP_NULLS(e.facts) AS facts
FROM events AS e
ORDER BY e.known_at, e.source, e.event;
