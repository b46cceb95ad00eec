-- operator_closes.sql: where did each operator close on the markets of the days' games, and why not?
-- One row a game, market and operator; half-open range of official dates. %(first)s, %(last)s
SELECT c.game_id, c.market_type, c.operator, c.line_value::DOUBLE PRECISION AS market_line, c.fair_probability,
    c.home_or_over_odds AS first_odds, c.away_or_under_odds AS second_odds, c.book,
    (EXTRACT(EPOCH FROM c.age) / 60)::DOUBLE PRECISION AS age_minutes, c.reason
FROM curated.resolved_games AS g
-- A fence: where the days are taken for many, the closes are read whole.
CROSS JOIN LATERAL (SELECT * FROM curated.operator_closes WHERE game_id = g.id OFFSET 0) AS c
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s;
