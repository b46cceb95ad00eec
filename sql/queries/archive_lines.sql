-- archive_lines.sql: what did the archives' primary feed say at the open and at the close?
-- One row per game, stage and market into incoming_lines. An archive has no price between the two: its lineup stage
-- repeats the open, price_stage says so. Archives have no opening run line: spread is close only.
-- Both sides come from one row of one feed, all markets of a game from one archive: what the better one holds back as
-- defective must not come in through the other. Shin for two outcomes takes half the margin off each side.
-- The close goes into incoming_operator_closes as well: feed and book are the operator of an archive's prices.
-- %(from_day)s, %(to_day)s  official dates, both included; %(games)s  ids, only these of them, NULL means all;
-- %(quotes_from)s, %(quotes_until)s  the months of their quotes.
WITH primaries AS MATERIALIZED (
    SELECT DISTINCT ON (l.game_id) l.game_id, l.source, l.source_game_id, l.reversed
    FROM curated.resolved_games AS e
    -- A fence: where the days are taken for many, the links of all games are read.
    CROSS JOIN LATERAL (SELECT * FROM staging.linked_games WHERE game_id = e.id OFFSET 0) AS l
    WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
        AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]))
        AND EXISTS (
            SELECT 1
            FROM staging.archive_quotes AS a
            WHERE a.source_game_id = l.source_game_id AND a.source = l.source AND a.is_primary
                AND a.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND a.updated_at < %(quotes_until)s::TIMESTAMPTZ
        )
    ORDER BY l.game_id, l.rank
),
quotes AS (
    SELECT
        l.game_id, q.feed, q.book, q.quote_kind, q.market_type, q.updated_at,
        MAX(q.odds) FILTER (WHERE q.side = 'over' OR (q.side = 'home') <> l.reversed AND q.side IN ('home', 'away'))
            AS first_odds,
        MAX(q.odds) FILTER (WHERE q.side = 'under' OR (q.side = 'home') = l.reversed AND q.side IN ('home', 'away'))
            AS second_odds,
        MAX(q.line_value) FILTER (
            WHERE q.side = 'over' OR (q.side = 'home') <> l.reversed AND q.side IN ('home', 'away')
        ) AS line_value
    FROM primaries AS l
    CROSS JOIN LATERAL (
        SELECT a.feed, a.book, a.quote_kind, a.market_type, a.side, a.odds, a.line_value, a.updated_at
        FROM staging.archive_quotes AS a
        WHERE a.source_game_id = l.source_game_id
            AND a.source = l.source
            AND a.is_primary
            AND a.quote_kind IN ('open', 'close')
            AND a.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND a.updated_at < %(quotes_until)s::TIMESTAMPTZ
    ) AS q
    GROUP BY l.game_id, q.feed, q.book, q.quote_kind, q.market_type, q.updated_at
),
priced AS (
    SELECT DISTINCT ON (q.game_id, q.quote_kind, q.market_type)
        q.*,
        CASE WHEN q.first_odds > 0 THEN 100.0 / (100 + q.first_odds) ELSE -q.first_odds / (100.0 - q.first_odds) END
            ::DOUBLE PRECISION AS first_even,
        CASE WHEN q.second_odds > 0 THEN 100.0 / (100 + q.second_odds) ELSE -q.second_odds / (100.0 - q.second_odds) END
            ::DOUBLE PRECISION AS second_even
    FROM quotes AS q
    WHERE q.first_odds IS NOT NULL AND q.second_odds IS NOT NULL
    ORDER BY q.game_id, q.quote_kind, q.market_type, q.feed
),
refused AS (
    INSERT INTO pg_temp.refused_quotes
    SELECT game_id, quote_kind, market_type, feed || ':' || book, first_even + second_even - 1
    FROM priced
    WHERE first_even + second_even - 1 NOT BETWEEN 0 AND 0.12
),
own_closes AS (
    INSERT INTO pg_temp.incoming_operator_closes (
        game_id, market_type, operator, book, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
        quoted_at
    )
    SELECT
        game_id, market_type, LOWER(feed || ':' || book), feed || ':' || book, first_odds, second_odds, line_value,
        first_even - (first_even + second_even - 1) / 2, updated_at
    FROM priced
    WHERE quote_kind = 'close' AND first_even + second_even - 1 BETWEEN 0 AND 0.12
)
INSERT INTO pg_temp.incoming_lines (
    game_id, stage, market_type, book, books, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
    overround, quoted_at, known_at, assumed, price_stage
)
SELECT
    p.game_id, s.stage, p.market_type, p.feed || ':' || p.book, 1, p.first_odds, p.second_odds, p.line_value,
    p.first_even - (p.first_even + p.second_even - 1) / 2, p.first_even + p.second_even - 1, p.updated_at, p.updated_at,
    TRUE, p.quote_kind
FROM priced AS p
JOIN (VALUES ('open', 'open'), ('open', 'lineup'), ('close', 'close')) AS s (quote_kind, stage) USING (quote_kind)
WHERE p.first_even + p.second_even - 1 BETWEEN 0 AND 0.12;
