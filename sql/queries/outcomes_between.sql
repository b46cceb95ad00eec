-- outcomes_between.sql: who won the games of the days, and what did the close say?
-- One row a finished game; half-open range.
SELECT g.id AS game_id, g.game_date, (g.home_score > g.away_score)::INTEGER AS home_win,
    c.fair_probability AS close_probability
FROM curated.resolved_games AS g
LEFT JOIN curated.market_lines AS c
    ON c.game_id = g.id AND c.stage = 'close' AND c.market_type = %(moneyline)s
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND g.game_status = 'final'
    AND g.home_score <> g.away_score;
