-- check_today_is_covered.sql: what should be there by now, of the day :first and the day before it, and is not?
-- One row a gap. :first the Eastern day; :last unused; :now the present.
WITH clock AS (
    SELECT (%(now)s::TIMESTAMPTZ AT TIME ZONE %(eastern)s)::TIME AS hour
),
games AS (
    SELECT g.id, g.game_date, g.away_team, g.home_team, g.game_number, g.game_datetime, g.game_status
    FROM curated.resolved_games AS g
    WHERE g.game_date BETWEEN %(first)s::DATE - 1 AND %(first)s
        AND g.game_status NOT IN ('postponed', 'cancelled')
),
gaps AS (
    SELECT g.*, 'lineup prediction, an hour before the start' AS missing
    FROM games AS g
    WHERE g.game_datetime - %(cutoff_before_start)s <= %(now)s
        AND NOT EXISTS (
            SELECT 1 FROM curated.ml_predictions AS p WHERE p.game_id = g.id AND p.model_name = %(lineup_model)s
        )
    UNION ALL
    SELECT g.*, 'open prediction, half an hour after the first price'
    FROM games AS g
    CROSS JOIN clock AS c
    WHERE g.game_date = %(first)s
        AND c.hour >= '09:00'
        AND EXISTS (
            SELECT 1
            FROM curated.market_lines AS l
            WHERE l.game_id = g.id AND l.stage = 'open' AND l.known_at < %(now)s - INTERVAL '30 minutes'
        )
        AND NOT EXISTS (
            SELECT 1 FROM curated.ml_predictions AS p WHERE p.game_id = g.id AND p.model_name = %(open_model)s
        )
    UNION ALL
    SELECT g.*, 'result, by 09:00 the next morning'
    FROM games AS g
    CROSS JOIN clock AS c
    WHERE g.game_date < %(first)s AND c.hour >= '09:00' AND g.game_status NOT IN ('final', 'suspended')
    UNION ALL
    SELECT g.*, 'settlement of its bets, by 09:00 the next morning'
    FROM games AS g
    CROSS JOIN clock AS c
    WHERE g.game_date < %(first)s
        AND c.hour >= '09:00'
        AND g.game_status = 'final'
        AND EXISTS (
            SELECT 1 FROM curated.ml_recommendations AS r WHERE r.game_id = g.id AND r.stake > 0 AND r.result IS NULL
        )
),
season AS (
    SELECT MAX(g.game_date) AS last_day
    FROM curated.resolved_games AS g
    WHERE g.game_date > %(first)s::DATE - 10
)
SELECT game_date, away_team, home_team, game_number, game_datetime, missing
FROM gaps
UNION ALL
-- April to August no pause is longer than the All-Star break.
SELECT s.last_day, NULL, NULL, NULL, NULL, 'schedule after this day'
FROM season AS s
WHERE s.last_day < %(first)s::DATE - 4 AND EXTRACT(MONTH FROM %(first)s::DATE) BETWEEN 4 AND 8
ORDER BY 1, 5, 6;
