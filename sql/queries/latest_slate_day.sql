-- latest_slate_day.sql: which is the last official date that has a prediction?
SELECT g.game_date
FROM curated.enhanced_games AS g
WHERE EXISTS (
    SELECT 1
    FROM curated.ml_predictions AS p
    WHERE p.game_id = g.id
        AND p.model_name IN ('mlb_game_model_open', 'mlb_game_model_lineup')
)
ORDER BY g.game_date DESC
LIMIT 1;
