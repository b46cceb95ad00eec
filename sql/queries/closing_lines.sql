-- closing_lines.sql: where did each market of the days' games close?
-- One row a game and market.
SELECT l.game_id, l.market_type, l.line_value::DOUBLE PRECISION AS market_line, l.fair_probability,
    l.home_or_over_odds AS first_odds, l.away_or_under_odds AS second_odds, l.book
FROM curated.market_lines AS l
JOIN curated.resolved_games AS g ON g.id = l.game_id
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND l.stage = 'close';
