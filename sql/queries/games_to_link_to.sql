-- games_to_link_to.sql: which games may the records of these days be about?
-- One row per game of the days, of the day before and after, and of any day where a record of these days carries its
-- gamePk or is linked to it already: a postponed game keeps both and moves. Day, start and number are as MLB's
-- schedule lists them now, which curated.enhanced_games is about to learn.
-- %(from_day)s, %(to_day)s  official dates, both included.
WITH of_records AS (
    SELECT e.id
    FROM staging.source_games AS g
    -- Fences, here and below: the view is two parts, which a join reads whole.
    CROSS JOIN LATERAL (
        SELECT id FROM curated.resolved_games WHERE mlb_stats_api_game_id = g.game_pk::VARCHAR(50) OFFSET 0
    ) AS e
    WHERE g.game_date BETWEEN %(from_day)s AND %(to_day)s
    UNION
    SELECT i.game_id
    FROM staging.source_games AS g
    CROSS JOIN LATERAL (
        SELECT game_id FROM curated.game_identity WHERE source = g.source AND source_game_id = g.source_game_id OFFSET 0
    ) AS i
    WHERE g.game_date BETWEEN %(from_day)s AND %(to_day)s
    UNION
    SELECT e.id
    FROM curated.resolved_games AS e
    WHERE e.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
)
SELECT
    e.id,
    CASE WHEN e.mlb_stats_api_game_id ~ '^[0-9]{1,12}$' THEN e.mlb_stats_api_game_id::BIGINT END AS game_pk,
    COALESCE(t.game_date, e.game_date) AS game_date, e.home_team, e.away_team,
    COALESCE(t.game_number, e.game_number, 1) AS game_number,
    COALESCE(t.doubleheader, d.doubleheader, CASE WHEN e.game_number = 2 THEN 'Y' ELSE 'N' END) AS doubleheader,
    COALESCE(t.scheduled_start, e.game_datetime) AS scheduled_start,
    COALESCE(t.start_assumed, d.start_assumed, FALSE) AS start_assumed,
    CASE WHEN e.game_status = 'final' THEN e.home_score END AS home_score,
    CASE WHEN e.game_status = 'final' THEN e.away_score END AS away_score
FROM of_records AS o
CROSS JOIN LATERAL (SELECT * FROM curated.resolved_games WHERE id = o.id OFFSET 0) AS e
LEFT JOIN curated.game_details AS d ON d.game_id = e.id
LEFT JOIN LATERAL (
    SELECT g.game_date, g.game_number, g.doubleheader, g.scheduled_start, g.start_assumed
    FROM curated.game_identity AS i
    JOIN staging.source_games AS g USING (source, source_game_id)
    WHERE i.game_id = e.id AND staging.source_rank(i.source) = 1
    LIMIT 1
) AS t ON TRUE
ORDER BY e.id;
