-- live_lines.sql: what did the bettable books say at the first price, an hour before the start, and at first pitch?
-- One row per game, stage and market into incoming_lines. At each stage's instant every book's standing two-sided price
-- counts (newest of each side, same number, not suspended, not pulled); the number most books show stands, their median
-- fair probability is the consensus, and the odds are those of the book nearest to it.
-- A close counts from when the market was last seen: over 15 minutes before first pitch there is none.
-- All quotes of a game are one index range (some thousand rows), so a day costs a day whatever the tables hold.
-- %(from_day)s, %(to_day)s  official dates, both included.
WITH games AS (
    SELECT
        e.id AS game_id, l.source, l.source_game_id, l.reversed,
        e.game_datetime - INTERVAL '60 minutes' AS lineup_at,
        COALESCE(d.first_pitch, e.game_datetime) AS first_pitch
    FROM curated.enhanced_games AS e
    JOIN staging.linked_games AS l ON l.game_id = e.id
    LEFT JOIN curated.game_details AS d ON d.game_id = e.id
    WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
        AND e.game_status NOT IN ('postponed', 'cancelled')
        AND l.rank > 4
),
told AS (
    SELECT
        g.game_id, g.source, g.source_game_id, g.lineup_at, g.first_pitch, q.book_id, q.market_type,
        q.side = 'over' OR q.side IN ('home', 'away') AND (q.side = 'home') <> g.reversed AS first_side,
        q.odds, q.line_value, q.updated_at, q.open_for_bets
    FROM games AS g
    CROSS JOIN LATERAL (
        SELECT s.book_id, s.market_type, s.side, s.odds, s.line_value, s.updated_at,
            COALESCE(s.line_status, 'normal') <> 'suspended' AS open_for_bets
        FROM staging.source_quotes AS s
        WHERE s.source_game_id = g.source_game_id AND s.source = g.source AND s.updated_at < g.first_pitch
        UNION ALL
        SELECT h.sportsbook_external_id, h.market_type, h.side, h.odds, h.line_value, h.updated_at,
            COALESCE(h.line_status, 'normal') <> 'suspended'
        FROM staging.action_network_odds_historical AS h
        WHERE g.source = 'action_network' AND h.external_game_id = g.source_game_id AND h.updated_at < g.first_pitch
    ) AS q
    JOIN staging.book_catalogue AS c
        ON c.source = g.source AND c.book_id = q.book_id AND c.bettable
        AND (q.updated_at AT TIME ZONE 'UTC')::DATE BETWEEN c.valid_from AND c.valid_to
),
first_prices AS (
    SELECT game_id, market_type, MIN(two_sided_at) AS opened_at
    FROM (
        SELECT game_id, source, book_id, market_type,
            GREATEST(
                MIN(updated_at) FILTER (WHERE first_side AND open_for_bets),
                MIN(updated_at) FILTER (WHERE NOT first_side AND open_for_bets)
            ) AS two_sided_at
        FROM told
        GROUP BY game_id, source, book_id, market_type
        HAVING BOOL_OR(first_side AND open_for_bets) AND BOOL_OR(NOT first_side AND open_for_bets)
    ) AS books
    GROUP BY game_id, market_type
),
stages AS (
    SELECT t.game_id, t.source, t.source_game_id, t.book_id, t.market_type, s.stage, s.instant, t.first_pitch
    FROM (
        SELECT DISTINCT game_id, source, source_game_id, book_id, market_type, lineup_at, first_pitch FROM told
    ) AS t
    JOIN first_prices AS o USING (game_id, market_type)
    CROSS JOIN LATERAL (
        VALUES ('open', o.opened_at), ('lineup', t.lineup_at), ('close', t.first_pitch)
    ) AS s (stage, instant)
),
standing AS (
    SELECT DISTINCT ON (s.game_id, s.source, s.book_id, s.market_type, s.stage, t.first_side)
        s.game_id, s.source, s.source_game_id, s.book_id, s.market_type, s.stage, s.instant, t.first_side, t.odds,
        t.line_value, t.updated_at, t.open_for_bets
    FROM stages AS s
    JOIN told AS t USING (game_id, source, book_id, market_type)
    WHERE t.updated_at <= s.instant
    ORDER BY s.game_id, s.source, s.book_id, s.market_type, s.stage, t.first_side, t.updated_at DESC
),
pairs AS (
    SELECT
        a.game_id, a.stage, a.market_type, (a.source || ':' || a.book_id)::VARCHAR(100) AS book, a.odds AS first_odds,
        b.odds AS second_odds, a.line_value, GREATEST(a.updated_at, b.updated_at) AS quoted_at,
        CASE WHEN a.odds > 0 THEN 100.0 / (100 + a.odds) ELSE -a.odds / (100.0 - a.odds) END
            ::DOUBLE PRECISION AS first_even,
        CASE WHEN b.odds > 0 THEN 100.0 / (100 + b.odds) ELSE -b.odds / (100.0 - b.odds) END
            ::DOUBLE PRECISION AS second_even
    FROM standing AS a
    JOIN standing AS b USING (game_id, source, book_id, market_type, stage)
    LEFT JOIN staging.quote_sightings AS v
        ON v.source_game_id = a.source_game_id AND v.source = a.source AND v.book_id = a.book_id
        AND v.market_type = a.market_type
    WHERE a.first_side AND NOT b.first_side
        AND a.open_for_bets AND b.open_for_bets
        AND CASE a.market_type
            WHEN 'moneyline' THEN TRUE
            WHEN 'total' THEN a.line_value = b.line_value
            ELSE a.line_value = -b.line_value
        END
        AND (v.last_pulled_at IS NULL OR v.last_pulled_at <= v.last_seen_at OR v.last_pulled_at > a.instant)
        AND (
            a.stage <> 'close'
            OR COALESCE(v.last_seen_at, GREATEST(a.updated_at, b.updated_at)) >= a.instant - INTERVAL '15 minutes'
        )
),
refused AS (
    INSERT INTO pg_temp.refused_quotes
    SELECT game_id, stage, market_type, book, first_even + second_even - 1
    FROM pairs
    WHERE first_even + second_even - 1 NOT BETWEEN 0 AND 0.12
),
fair AS (
    SELECT p.*, p.first_even + p.second_even - 1 AS overround,
        p.first_even - (p.first_even + p.second_even - 1) / 2 AS probability
    FROM pairs AS p
    WHERE p.first_even + p.second_even - 1 BETWEEN 0 AND 0.12
),
numbers AS (
    SELECT DISTINCT ON (n.game_id, n.stage, n.market_type)
        n.game_id, n.stage, n.market_type, n.line_value, n.books, n.probability, n.newest
    FROM (
        SELECT
            f.game_id, f.stage, f.market_type, f.line_value, COUNT(*) AS books,
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY f.probability) AS probability,
            MAX(f.quoted_at) AS newest
        FROM fair AS f
        GROUP BY f.game_id, f.stage, f.market_type, f.line_value
    ) AS n
    -- Among numbers of equally many books the one priced nearest to even is the market's own.
    ORDER BY n.game_id, n.stage, n.market_type, n.books DESC, ABS(n.probability - 0.5), n.line_value
)
INSERT INTO pg_temp.incoming_lines (
    game_id, stage, market_type, book, books, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
    overround, quoted_at, known_at, assumed, price_stage
)
SELECT DISTINCT ON (n.game_id, n.stage, n.market_type)
    n.game_id, n.stage, n.market_type, f.book, n.books, f.first_odds, f.second_odds, n.line_value, n.probability,
    f.overround, f.quoted_at, n.newest, FALSE, n.stage
FROM numbers AS n
JOIN fair AS f
    ON (f.game_id, f.stage, f.market_type) = (n.game_id, n.stage, n.market_type)
    AND f.line_value IS NOT DISTINCT FROM n.line_value
ORDER BY n.game_id, n.stage, n.market_type, ABS(f.probability - n.probability), f.overround, f.book;
