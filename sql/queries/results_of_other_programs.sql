-- results_of_other_programs.sql: which games of these days has another program finished that we have not taken over?
-- One row per final row of curated.enhanced_games that no schedule or archive of ours made, whose score is not stored.
-- %(from_day)s, %(to_day)s  official dates, both included.
SELECT
    e.id, e.home_team, e.away_team, e.game_datetime AS start,
    CASE WHEN e.mlb_stats_api_game_id ~ '^[0-9]{1,12}$' THEN e.mlb_stats_api_game_id::BIGINT END AS game_pk,
    e.season_type, e.home_score, e.away_score
FROM curated.enhanced_games AS e
WHERE e.game_date BETWEEN %(from_day)s::DATE AND %(to_day)s::DATE + 1
    AND (e.game_datetime AT TIME ZONE %(eastern)s)::DATE BETWEEN %(from_day)s AND %(to_day)s
    AND e.game_status = 'final' AND e.home_score BETWEEN 0 AND 60 AND e.away_score BETWEEN 0 AND 60
    AND NOT EXISTS (SELECT 1 FROM curated.game_identity AS i WHERE i.game_id = e.id AND i.method = 'authority')
    AND NOT EXISTS (
        SELECT 1
        FROM staging.game_results AS r
        WHERE r.source = 'game_tables' AND r.source_game_id = 'enhanced_games:' || e.id
            AND r.home_score = e.home_score AND r.away_score = e.away_score
    )
ORDER BY e.id;
