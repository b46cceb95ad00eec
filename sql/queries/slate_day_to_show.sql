-- slate_day_to_show.sql: which official date is meant where none is named?
-- Today, once a game of it is predicted: tomorrow's first prices must not hide today's bets. Else the last one predicted.
-- One row; NULL without a prediction. Two branches, so that each walks the index on game_date and stops. :today  official date.
WITH predicted AS NOT MATERIALIZED (
    SELECT g.game_date
    FROM curated.resolved_games AS g
    WHERE (
        -- A scalar, because an EXISTS becomes a join, which without statistics reads the predictions of all days.
        SELECT TRUE
        FROM curated.ml_predictions AS p
        WHERE p.game_id = g.id
            AND p.model_name = ANY(%(game_models)s)
        LIMIT 1
    )
)
SELECT COALESCE(
    (SELECT d.game_date FROM predicted AS d WHERE d.game_date = %(today)s LIMIT 1),
    (SELECT d.game_date FROM predicted AS d ORDER BY d.game_date DESC LIMIT 1)
);
