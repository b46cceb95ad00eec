-- api_neighbour_days.sql: which days with games come before and after a day? NULL where there is none. :day official date.
SELECT
    (SELECT MAX(g.game_date) FROM curated.resolved_games AS g WHERE g.game_date < %(day)s) AS previous_day,
    (SELECT MIN(g.game_date) FROM curated.resolved_games AS g WHERE g.game_date > %(day)s) AS next_day;
