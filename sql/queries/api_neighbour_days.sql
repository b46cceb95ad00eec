-- api_neighbour_days.sql: which days with games come before and after a day? NULL where there is none. :day official date.
-- Walks the days by index and stops at the first whose games count: ordered, the view of games is read whole.
WITH days AS NOT MATERIALIZED (
    SELECT e.game_date FROM curated.enhanced_games AS e
    UNION ALL
    SELECT c.game_date FROM curated.game_corrections AS c
)
SELECT
    (
        SELECT d.game_date
        FROM days AS d
        WHERE d.game_date < %(day)s
            AND (SELECT TRUE FROM curated.resolved_games AS g WHERE g.game_date = d.game_date LIMIT 1)
        ORDER BY d.game_date DESC
        LIMIT 1
    ) AS previous_day,
    (
        SELECT d.game_date
        FROM days AS d
        WHERE d.game_date > %(day)s
            AND (SELECT TRUE FROM curated.resolved_games AS g WHERE g.game_date = d.game_date LIMIT 1)
        ORDER BY d.game_date
        LIMIT 1
    ) AS next_day;
