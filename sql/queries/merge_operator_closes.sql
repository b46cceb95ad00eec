-- merge_operator_closes.sql: make curated.operator_closes hold the incoming ones of these days and no others.
-- Unchanged rows are not written again.
-- %(from_day)s, %(to_day)s  official dates, both included; %(games)s  ids, only these of them, NULL means all.
WITH gone AS (
    DELETE FROM curated.operator_closes AS c
    USING curated.enhanced_games AS e
    WHERE e.id = c.game_id
        AND e.game_date BETWEEN %(from_day)s AND %(to_day)s
        AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]))
        AND NOT EXISTS (
            SELECT 1
            FROM pg_temp.incoming_operator_closes AS i
            WHERE (i.game_id, i.market_type, i.operator) = (c.game_id, c.market_type, c.operator)
        )
)
INSERT INTO curated.operator_closes AS c (
    game_id, market_type, operator, book, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
    quoted_at, seen_at, age, reason
)
SELECT
    game_id, market_type, operator, book, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
    quoted_at, seen_at, age, reason
FROM pg_temp.incoming_operator_closes
ON CONFLICT (game_id, market_type, operator) DO UPDATE
SET book = excluded.book,
    home_or_over_odds = excluded.home_or_over_odds,
    away_or_under_odds = excluded.away_or_under_odds,
    line_value = excluded.line_value,
    fair_probability = excluded.fair_probability,
    quoted_at = excluded.quoted_at,
    seen_at = excluded.seen_at,
    age = excluded.age,
    reason = excluded.reason
WHERE (
        c.book, c.home_or_over_odds, c.away_or_under_odds, c.line_value, c.fair_probability, c.quoted_at, c.seen_at,
        c.age, c.reason
    ) IS DISTINCT FROM (
        excluded.book, excluded.home_or_over_odds, excluded.away_or_under_odds, excluded.line_value,
        excluded.fair_probability, excluded.quoted_at, excluded.seen_at, excluded.age, excluded.reason
    );
