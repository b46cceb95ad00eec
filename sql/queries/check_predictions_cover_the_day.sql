-- check_predictions_cover_the_day.sql: which games past their cutoff lack a stage?
SELECT g.game_date, g.away_team, g.home_team, g.game_number, s.model_name AS missing
FROM curated.resolved_games AS g
CROSS JOIN UNNEST(%(game_models)s::TEXT[]) AS s (model_name)
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND g.game_datetime - %(cutoff_before_start)s <= %(now)s
    AND g.game_status NOT IN ('postponed', 'cancelled')
    AND NOT EXISTS (
        SELECT 1 FROM curated.ml_predictions AS p WHERE p.game_id = g.id AND p.model_name = s.model_name
    )
ORDER BY g.game_date, g.id, s.model_name;
