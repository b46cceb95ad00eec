-- decision_lines.sql: which prices may decisions about the games of the days use?
-- One row a game, price stage and market; no decision uses the close.
-- :games alone; NULL means all.
SELECT
    l.game_id, l.stage, l.market_type, l.line_value::DOUBLE PRECISION AS line_value, l.fair_probability, l.known_at,
    l.price_stage
FROM curated.market_lines AS l
JOIN curated.resolved_games AS g ON g.id = l.game_id
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND l.stage IN ('open', 'lineup')
    AND (%(games)s::INTEGER[] IS NULL OR l.game_id = ANY(%(games)s::INTEGER[]));
