-- outside_forecasts.sql: what did others forecast of the games of these days?
-- One row a forecaster, game and instant; official dates first to last, both included.
SELECT
    o.forecaster, o.game_id, o.made_at, o.home_win, o.over, o.total_line::DOUBLE PRECISION AS total_line, o.cover,
    o.spread_line::DOUBLE PRECISION AS spread_line
FROM curated.outside_forecasts AS o
INNER JOIN curated.resolved_games AS g ON g.id = o.game_id
WHERE g.game_date BETWEEN %(first)s AND %(last)s
ORDER BY o.forecaster, o.game_id, o.made_at;
