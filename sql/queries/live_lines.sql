-- live_lines.sql: what did the bettable books say at the first price, an hour before the start, and at first pitch?
-- One row per game, stage and market into incoming_lines. At each stage's instant every book's standing two-sided price
-- counts (newest of each side, same number, not suspended, not pulled); the number most books show stands, their median
-- fair probability is the consensus, and the odds are those of the book nearest to it.
-- A close counts from when the market was last seen: over 15 minutes before first pitch there is none.
-- A game's quotes are read once, one index range a book, and looked up by their stamps: a day costs a day whatever the
-- tables hold. One descent of the index for every price at every stage took two to three times as long.
-- :from_day, :to_day  official dates, both included; :cutoff_before_start, :max_quote_age  of domain/time_rules.
WITH games AS (
    SELECT
        e.id AS game_id, l.source, l.source_game_id, l.reversed,
        e.game_datetime - %(cutoff_before_start)s AS lineup_at,
        COALESCE(d.first_pitch, e.game_datetime) AS first_pitch
    FROM curated.enhanced_games AS e
    JOIN staging.linked_games AS l ON l.game_id = e.id
    -- A listing that its source calls postponed has prices of the day that was rained out, and no other.
    JOIN staging.source_games AS s
        ON s.source = l.source AND s.source_game_id = l.source_game_id AND s.status NOT IN ('postponed', 'cancelled')
    LEFT JOIN curated.game_details AS d ON d.game_id = e.id
    WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
        AND e.game_status NOT IN ('postponed', 'cancelled')
        AND l.rank > 4
),
books AS (
    -- The list of books is the catalogue, whose books every ingest completes before it writes their quotes.
    SELECT
        g.*, c.book_id, c.valid_from::TIMESTAMP AT TIME ZONE 'UTC' AS valid_from,
        LEAST(g.first_pitch, (c.valid_to::TIMESTAMP + INTERVAL '1 day') AT TIME ZONE 'UTC') AS valid_until
    FROM games AS g
    JOIN staging.book_catalogue AS c ON c.source = g.source AND c.bettable
),
paths AS MATERIALIZED (
    -- Each side's prices in the order of their stamps. NaN: no number; of fixed width, so that a place is found at once.
    SELECT
        b.game_id, b.source, b.source_game_id, b.book_id, b.lineup_at, b.first_pitch, q.*,
        q.side = 'over' OR q.side IN ('home', 'away') AND (q.side = 'home') <> b.reversed AS first_side
    FROM books AS b
    CROSS JOIN LATERAL (
        SELECT
            h.market_type, h.side,
            ARRAY_AGG(h.updated_at ORDER BY h.updated_at) AS stamps,
            ARRAY_AGG(h.odds ORDER BY h.updated_at) AS odds,
            ARRAY_AGG(COALESCE(h.line_value, 'NaN')::DOUBLE PRECISION ORDER BY h.updated_at) AS line_values,
            ARRAY_AGG(COALESCE(h.line_status, 'normal') <> 'suspended' ORDER BY h.updated_at) AS open_for_bets,
            MIN(h.updated_at) FILTER (WHERE COALESCE(h.line_status, 'normal') <> 'suspended') AS opened_at
        FROM staging.action_network_odds_historical AS h
        WHERE b.source = 'action_network'
            AND h.external_game_id = b.source_game_id AND h.sportsbook_external_id = b.book_id
            AND h.market_type IN ('moneyline', 'total', 'spread')
            AND h.updated_at >= b.valid_from AND h.updated_at < b.valid_until
        GROUP BY h.market_type, h.side
        UNION ALL
        SELECT
            s.market_type, s.side,
            ARRAY_AGG(s.updated_at ORDER BY s.updated_at),
            ARRAY_AGG(s.odds ORDER BY s.updated_at),
            ARRAY_AGG(COALESCE(s.line_value, 'NaN')::DOUBLE PRECISION ORDER BY s.updated_at),
            ARRAY_AGG(COALESCE(s.line_status, 'normal') <> 'suspended' ORDER BY s.updated_at),
            MIN(s.updated_at) FILTER (WHERE COALESCE(s.line_status, 'normal') <> 'suspended')
        FROM staging.source_quotes AS s
        WHERE s.source_game_id = b.source_game_id AND s.source = b.source AND s.book_id = b.book_id
            AND s.market_type IN ('moneyline', 'total', 'spread')
            AND s.updated_at >= b.valid_from AND s.updated_at < b.valid_until
        GROUP BY s.market_type, s.side
    ) AS q
),
first_prices AS (
    SELECT game_id, market_type, MIN(two_sided_at) AS opened_at
    FROM (
        SELECT game_id, market_type, MAX(opened_at) AS two_sided_at
        FROM (
            SELECT game_id, source, book_id, market_type, first_side, MIN(opened_at) AS opened_at
            FROM paths
            WHERE opened_at IS NOT NULL
            GROUP BY game_id, source, book_id, market_type, first_side
        ) AS sides
        GROUP BY game_id, source, book_id, market_type
        HAVING COUNT(*) = 2
    ) AS books
    GROUP BY game_id, market_type
),
standing AS (
    -- DISTINCT ON matters where a book has two spans of validity, or a source two listings of the game.
    SELECT DISTINCT ON (p.game_id, p.source, p.book_id, p.market_type, i.stage, p.first_side)
        p.game_id, p.source, p.source_game_id, p.book_id, p.market_type, i.stage, i.instant, p.first_side,
        p.odds[w.place] AS odds,
        NULLIF(p.line_values[w.place], 'NaN')::NUMERIC AS line_value,
        p.stamps[w.place] AS updated_at,
        p.open_for_bets[w.place] AS open_for_bets
    FROM paths AS p
    JOIN first_prices AS o USING (game_id, market_type)
    CROSS JOIN LATERAL (
        VALUES ('open', o.opened_at), ('lineup', p.lineup_at), ('close', p.first_pitch)
    ) AS i (stage, instant)
    CROSS JOIN LATERAL (SELECT WIDTH_BUCKET(i.instant, p.stamps) AS place) AS w
    WHERE w.place > 0
    ORDER BY p.game_id, p.source, p.book_id, p.market_type, i.stage, p.first_side, p.stamps[w.place] DESC
),
two_sided AS (
    SELECT
        game_id, source, source_game_id, book_id, market_type, stage, instant,
        MAX(odds) FILTER (WHERE first_side) AS first_odds,
        MAX(odds) FILTER (WHERE NOT first_side) AS second_odds,
        MAX(line_value) FILTER (WHERE first_side) AS line_value,
        MAX(line_value) FILTER (WHERE NOT first_side) AS second_line,
        MAX(updated_at) AS quoted_at
    FROM standing
    GROUP BY game_id, source, source_game_id, book_id, market_type, stage, instant
    HAVING COUNT(*) = 2 AND BOOL_AND(open_for_bets)
),
pairs AS (
    SELECT
        p.game_id, p.stage, p.market_type, (p.source || ':' || p.book_id)::VARCHAR(100) AS book, p.first_odds,
        p.second_odds, p.line_value, p.quoted_at,
        CASE WHEN p.first_odds > 0 THEN 100.0 / (100 + p.first_odds) ELSE -p.first_odds / (100.0 - p.first_odds) END
            ::DOUBLE PRECISION AS first_even,
        CASE WHEN p.second_odds > 0 THEN 100.0 / (100 + p.second_odds) ELSE -p.second_odds / (100.0 - p.second_odds) END
            ::DOUBLE PRECISION AS second_even
    FROM two_sided AS p
    LEFT JOIN staging.quote_sightings AS v
        ON v.source_game_id = p.source_game_id AND v.source = p.source AND v.book_id = p.book_id
        AND v.market_type = p.market_type
    WHERE CASE p.market_type
            WHEN 'moneyline' THEN TRUE
            WHEN 'total' THEN p.line_value = p.second_line
            ELSE p.line_value = -p.second_line
        END
        AND (v.last_pulled_at IS NULL OR v.last_pulled_at <= v.last_seen_at OR v.last_pulled_at > p.instant)
        AND (
            p.stage <> 'close'
            OR COALESCE(v.last_seen_at, p.quoted_at) >= p.instant - %(max_quote_age)s
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
    SELECT DISTINCT ON (n.game_id, n.stage, n.market_type) n.*
    FROM (
        SELECT
            f.game_id, f.stage, f.market_type, f.line_value, COUNT(*) AS number_of_books,
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY f.probability) AS fair_probability,
            MAX(f.quoted_at) AS newest,
            -- Carried along, because joining back is quadratic in days: the planner takes these rows for one.
            ARRAY_AGG(f.book) AS books,
            ARRAY_AGG(f.first_odds) AS first_odds,
            ARRAY_AGG(f.second_odds) AS second_odds,
            ARRAY_AGG(f.probability) AS probabilities,
            ARRAY_AGG(f.overround) AS overrounds,
            ARRAY_AGG(f.quoted_at) AS quoted
        FROM fair AS f
        GROUP BY f.game_id, f.stage, f.market_type, f.line_value
    ) AS n
    -- Among numbers of equally many books the one priced nearest to even is the market's own.
    ORDER BY n.game_id, n.stage, n.market_type, n.number_of_books DESC, ABS(n.fair_probability - 0.5), n.line_value
)
INSERT INTO pg_temp.incoming_lines (
    game_id, stage, market_type, book, books, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
    overround, quoted_at, known_at, assumed, price_stage
)
SELECT
    n.game_id, n.stage, n.market_type, f.book, n.number_of_books, f.first_odds, f.second_odds, n.line_value,
    n.fair_probability, f.overround, f.quoted_at, n.newest, FALSE, n.stage
FROM numbers AS n
CROSS JOIN LATERAL (
    SELECT b.book, b.first_odds, b.second_odds, b.overround, b.quoted_at
    FROM UNNEST(n.books, n.first_odds, n.second_odds, n.probabilities, n.overrounds, n.quoted)
        AS b (book, first_odds, second_odds, probability, overround, quoted_at)
    ORDER BY ABS(b.probability - n.fair_probability), b.overround, b.book
    LIMIT 1
) AS f;
