-- merge_market_lines.sql: make curated.market_lines hold the incoming lines of these days and no others.
-- One row: how many came, were new or changed, and went, and the games of these. A live price comes before an archive's.
-- %(from_day)s, %(to_day)s  official dates, both included; %(games)s  ids, only these of them, NULL means all.
WITH best AS MATERIALIZED (
    SELECT DISTINCT ON (game_id, stage, market_type)
        game_id, stage, market_type, book, books, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
        overround, quoted_at, known_at, assumed, price_stage, seen_at
    FROM pg_temp.incoming_lines
    ORDER BY game_id, stage, market_type, assumed
),
gone AS (
    DELETE FROM curated.market_lines AS m
    USING curated.resolved_games AS e
    WHERE e.id = m.game_id
        AND e.game_date BETWEEN %(from_day)s AND %(to_day)s
        AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]))
        AND NOT EXISTS (
            SELECT 1
            FROM best AS b
            WHERE (b.game_id, b.stage, b.market_type) = (m.game_id, m.stage, m.market_type)
        )
    RETURNING m.game_id
),
written AS (
    INSERT INTO curated.market_lines AS m (
        game_id, stage, market_type, book, books, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
        overround, quoted_at, known_at, assumed, price_stage, seen_at
    )
    SELECT
        game_id, stage, market_type, book, books, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
        overround, quoted_at, known_at, assumed, price_stage, seen_at
    FROM best
    ON CONFLICT (game_id, stage, market_type) DO UPDATE
    SET book = excluded.book,
        books = excluded.books,
        home_or_over_odds = excluded.home_or_over_odds,
        away_or_under_odds = excluded.away_or_under_odds,
        line_value = excluded.line_value,
        fair_probability = excluded.fair_probability,
        overround = excluded.overround,
        quoted_at = excluded.quoted_at,
        known_at = excluded.known_at,
        assumed = excluded.assumed,
        price_stage = excluded.price_stage,
        seen_at = excluded.seen_at
    WHERE (
            m.book, m.books, m.home_or_over_odds, m.away_or_under_odds, m.line_value, m.fair_probability, m.overround,
            m.quoted_at, m.known_at, m.assumed, m.price_stage, m.seen_at
        ) IS DISTINCT FROM (
            excluded.book, excluded.books, excluded.home_or_over_odds, excluded.away_or_under_odds, excluded.line_value,
            excluded.fair_probability, excluded.overround, excluded.quoted_at, excluded.known_at, excluded.assumed,
            excluded.price_stage, excluded.seen_at
        )
    RETURNING m.game_id
)
SELECT
    (SELECT COUNT(*) FROM best), (SELECT COUNT(*) FROM written), (SELECT COUNT(*) FROM gone),
    ARRAY(SELECT game_id FROM written UNION SELECT game_id FROM gone);
