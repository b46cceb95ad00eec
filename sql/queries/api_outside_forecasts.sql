-- api_outside_forecasts.sql: what did others forecast of a game?
-- One row a forecaster and instant, newest first. :game_id.
SELECT
    o.forecaster, o.made_at, o.assumed, o.home_win, o.over, o.total_line::DOUBLE PRECISION AS total_line, o.cover,
    o.spread_line::DOUBLE PRECISION AS spread_line, o.imported_at
FROM curated.outside_forecasts AS o
WHERE o.game_id = %(game_id)s
ORDER BY o.made_at DESC, o.forecaster;
