-- live_lines.sql: what did the bettable books quote at the first decision, an hour before the start, and at first pitch?
-- One row per game, stage and market into incoming_lines. At each stage's instant the two-sided price of every book
-- counts that staging.quotes_at finds there, neither suspended nor pulled; the line that most books quote is chosen,
-- their median fair probability is the consensus, and the odds are those of the book nearest to it. Where each operator
-- closed goes into incoming_operator_closes, the consensus of :sharp_operators among these into incoming_reference_closes.
-- The first decision is that of incoming_openings; a game that still waits for it at :now has no opening line. It and the
-- lineup price use captures up to :reaction before them; a close is what any capture by now shows of first pitch, if the
-- market was last seen at most :max_quote_age before: else it has none, for the reason in curated.missing_closes.
-- Odds between -100 and 100 are no price, and go into impossible_quotes: other programs' table of odds has no CHECK.
-- :from_day, :to_day  official dates, both included; :games  ids, only these of them, NULL means all; :now the latest
-- capture to use; :max_quote_age; :game_ids, :stages, :instants, :captured_by  the rows of line_stages.sql;
-- :quotes_from, :quotes_until  the months of their quotes.
WITH games AS MATERIALIZED (
    SELECT e.id AS game_id, COALESCE(d.first_pitch, e.game_datetime) AS first_pitch
    FROM curated.resolved_games AS e
    LEFT JOIN curated.game_details AS d ON d.game_id = e.id
    WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
        AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]))
        AND e.game_status NOT IN ('postponed', 'cancelled')
),
stages AS MATERIALIZED (
    SELECT s.game_id, s.stage, s.instant, s.available_by
    FROM UNNEST(%(game_ids)s::INTEGER[], %(stages)s::TEXT[], %(instants)s::TIMESTAMPTZ[], %(captured_by)s::TIMESTAMPTZ[])
        AS s (game_id, stage, instant, available_by)
),
-- A table of its own: where few prices are expected, the catalog was searched by index once a price.
bettable_books AS MATERIALIZED (
    SELECT
        source, book_id, parent_book, valid_from::TIMESTAMP AT TIME ZONE 'UTC' AS valid_from,
        (valid_to::TIMESTAMP + INTERVAL '1 day') AT TIME ZONE 'UTC' AS valid_until
    FROM staging.book_catalogue
    WHERE bettable
),
quotes AS (
    -- Feeds write an operator in upper and lower case.
    SELECT q.*, LOWER(COALESCE(k.parent_book, q.source || ':' || q.book_id)) AS operator,
        staging.side_of_game(q.side, q.reversed) IN ('over', 'home') AS first_side,
        FIRST_VALUE(q.source_game_id) OVER (
            PARTITION BY q.game_id, q.stage, q.source, q.book_id, q.market_type
            ORDER BY q.quoted_at DESC, q.source_game_id DESC
        ) AS newest_listing
    FROM (
        SELECT s.stage, f.*
        FROM staging.quotes_at(
            %(game_ids)s::BIGINT[], %(instants)s::TIMESTAMPTZ[], %(captured_by)s::TIMESTAMPTZ[], %(now)s::TIMESTAMPTZ,
            %(quotes_from)s::TIMESTAMPTZ, %(quotes_until)s::TIMESTAMPTZ, only_bettable => TRUE
        ) AS f
        JOIN stages AS s USING (game_id, instant, available_by)
        -- A fence: after the books one row is expected, and every price was compared with every stage.
        OFFSET 0
    ) AS q
    JOIN bettable_books AS k
        ON k.source = q.source AND k.book_id = q.book_id
        AND q.quoted_at >= k.valid_from AND q.quoted_at < k.valid_until
),
impossible AS (
    INSERT INTO pg_temp.impossible_quotes
    SELECT DISTINCT game_id, source, source_game_id, book_id, market_type, side, odds, quoted_at
    FROM quotes
    WHERE NOT staging.is_price(odds)
),
books AS (
    SELECT
        game_id, source, book_id, market_type, stage, instant,
        MAX(operator) AS operator,
        MAX(odds) FILTER (WHERE first_side) AS first_odds,
        MAX(odds) FILTER (WHERE NOT first_side) AS second_odds,
        MAX(line_value) FILTER (WHERE first_side) AS line_value,
        MAX(line_value) FILTER (WHERE NOT first_side) AS second_line,
        MAX(quoted_at) AS quoted_at,
        MAX(available_at) AS known_at,
        MIN(seen_at) AS seen_at,
        COUNT(*) AS sides,
        BOOL_OR(suspended) AS suspended,
        BOOL_OR(pulled) AS pulled
    FROM quotes
    WHERE source_game_id = newest_listing
    GROUP BY game_id, source, book_id, market_type, stage, instant
),
judged AS MATERIALIZED (
    SELECT b.*, (b.source || ':' || b.book_id)::VARCHAR(100) AS book,
        CASE WHEN b.first_odds > 0 THEN 100.0 / (100 + b.first_odds) ELSE -b.first_odds / (100.0 - b.first_odds) END
            ::DOUBLE PRECISION AS first_even,
        CASE WHEN b.second_odds > 0 THEN 100.0 / (100 + b.second_odds) ELSE -b.second_odds / (100.0 - b.second_odds) END
            ::DOUBLE PRECISION AS second_even,
        CASE
            WHEN b.sides < 2 THEN 'one side only'
            WHEN NOT (staging.is_price(b.first_odds) AND staging.is_price(b.second_odds)) THEN 'impossible price'
            WHEN b.suspended THEN 'suspended'
            WHEN b.pulled THEN 'pulled'
            WHEN b.stage = 'close' AND b.seen_at < b.instant - %(max_quote_age)s THEN 'not seen in time'
            WHEN b.market_type <> %(moneyline)s AND b.line_value IS NULL THEN 'no line'
            WHEN CASE b.market_type
                    WHEN %(moneyline)s THEN FALSE
                    WHEN %(total)s THEN b.line_value IS DISTINCT FROM b.second_line
                    ELSE b.line_value IS DISTINCT FROM -b.second_line
                END THEN 'sides at different lines'
        END AS refusal
    FROM books AS b
),
missing AS (
    INSERT INTO pg_temp.missing_closes (game_id, market_type, reason, last_seen_at)
    SELECT DISTINCT ON (j.game_id, j.market_type)
        j.game_id, j.market_type, COALESCE(j.refusal, 'implausible margin'), j.seen_at
    FROM (
        -- A window, not an anti join: the planner takes the prices of a season for one row and compares all with all.
        SELECT
            c.*,
            BOOL_OR(c.refusal IS NULL AND c.first_even + c.second_even - 1 BETWEEN 0 AND 0.12)
                OVER (PARTITION BY c.game_id, c.market_type) AS is_closed
        FROM judged AS c
        WHERE c.stage = 'close'
    ) AS j
    JOIN games AS g USING (game_id)
    WHERE j.is_closed IS NOT TRUE AND g.first_pitch <= %(now)s
    ORDER BY j.game_id, j.market_type, j.seen_at DESC, j.book
),
pairs AS (
    SELECT game_id, stage, market_type, book, operator, first_odds, second_odds, line_value, quoted_at, known_at, seen_at,
        first_even, second_even
    FROM judged
    WHERE refusal IS NULL
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
operator_closes AS MATERIALIZED (
    -- An operator that several sources quote is one opinion: the price seen last, and a market without one only where
    -- none has a price.
    SELECT DISTINCT ON (c.game_id, c.market_type, c.operator) c.*
    FROM (
        SELECT j.*, j.first_even + j.second_even - 1 AS overround,
            CASE
                WHEN j.refusal IS NOT NULL THEN j.refusal
                WHEN j.first_even + j.second_even - 1 NOT BETWEEN 0 AND 0.12 THEN 'implausible margin'
            END AS reason
        FROM judged AS j
        WHERE j.stage = 'close'
    ) AS c
    ORDER BY c.game_id, c.market_type, c.operator, c.reason IS NOT NULL, c.seen_at DESC NULLS LAST, c.quoted_at DESC,
        c.book
),
own_closes AS (
    INSERT INTO pg_temp.incoming_operator_closes (
        game_id, market_type, operator, book, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
        quoted_at, seen_at, age, reason
    )
    SELECT
        c.game_id, c.market_type, c.operator, c.book,
        CASE WHEN c.reason IS NULL THEN c.first_odds END,
        CASE WHEN c.reason IS NULL THEN c.second_odds END,
        CASE WHEN c.reason IS NULL AND c.market_type <> %(moneyline)s THEN c.line_value END,
        CASE WHEN c.reason IS NULL THEN c.first_even - c.overround / 2 END,
        c.quoted_at, c.seen_at, g.first_pitch - c.seen_at, c.reason
    FROM operator_closes AS c
    JOIN games AS g USING (game_id)
    WHERE c.reason IS NULL OR g.first_pitch <= %(now)s
),
with_reference AS (
    SELECT * FROM fair
    UNION ALL
    SELECT c.game_id, 'sharp', c.market_type, c.book, c.operator, c.first_odds, c.second_odds, c.line_value, c.quoted_at,
        c.known_at, c.seen_at, c.first_even, c.second_even, c.overround, c.first_even - c.overround / 2
    FROM operator_closes AS c
    WHERE c.reason IS NULL AND c.operator = ANY(%(sharp_operators)s::TEXT[])
),
consensus AS (
    SELECT DISTINCT ON (n.game_id, n.stage, n.market_type) n.*
    FROM (
        SELECT
            f.game_id, f.stage, f.market_type, f.line_value, COUNT(*) AS number_of_books,
            PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY f.probability) AS fair_probability,
            MAX(f.known_at) AS newest,
            MIN(f.seen_at) AS oldest_seen,
            ARRAY_AGG(f.operator ORDER BY f.operator) AS operators,
            -- Carried along, because joining back is quadratic in days: the planner takes these rows for one.
            ARRAY_AGG(f.book) AS books,
            ARRAY_AGG(f.first_odds) AS first_odds,
            ARRAY_AGG(f.second_odds) AS second_odds,
            ARRAY_AGG(f.probability) AS probabilities,
            ARRAY_AGG(f.overround) AS overrounds,
            ARRAY_AGG(f.quoted_at) AS quoted,
            ARRAY_AGG(f.seen_at) AS seen
        FROM with_reference AS f
        GROUP BY f.game_id, f.stage, f.market_type, f.line_value
    ) AS n
    -- Among lines of equally many books the one priced nearest to even is the market's own.
    ORDER BY n.game_id, n.stage, n.market_type, n.number_of_books DESC, ABS(n.fair_probability - 0.5), n.line_value
),
chosen AS MATERIALIZED (
    SELECT
        n.game_id, n.stage, n.market_type, n.number_of_books, n.line_value, n.fair_probability, n.newest, n.oldest_seen,
        n.operators, f.book, f.first_odds, f.second_odds, f.overround, f.quoted_at, f.seen_at
    FROM consensus AS n
    CROSS JOIN LATERAL (
        SELECT b.book, b.first_odds, b.second_odds, b.overround, b.quoted_at, b.seen_at
        FROM UNNEST(n.books, n.first_odds, n.second_odds, n.probabilities, n.overrounds, n.quoted, n.seen)
            AS b (book, first_odds, second_odds, probability, overround, quoted_at, seen_at)
        ORDER BY ABS(b.probability - n.fair_probability), b.overround, b.book
        LIMIT 1
    ) AS f
),
reference AS (
    INSERT INTO pg_temp.incoming_reference_closes (
        game_id, market_type, operators, book, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
        quoted_at, seen_at, age
    )
    SELECT
        c.game_id, c.market_type, c.operators, c.book, c.first_odds, c.second_odds, c.line_value, c.fair_probability,
        c.quoted_at, c.oldest_seen, g.first_pitch - c.oldest_seen
    FROM chosen AS c
    JOIN games AS g USING (game_id)
    WHERE c.stage = 'sharp'
)
INSERT INTO pg_temp.incoming_lines (
    game_id, stage, market_type, book, books, home_or_over_odds, away_or_under_odds, line_value, fair_probability,
    overround, quoted_at, known_at, assumed, price_stage, seen_at
)
SELECT
    c.game_id, c.stage, c.market_type, c.book, c.number_of_books, c.first_odds, c.second_odds, c.line_value,
    c.fair_probability, c.overround, c.quoted_at,
    CASE c.stage WHEN 'open' THEN o.decided_at WHEN 'lineup' THEN c.newest + %(reaction)s ELSE c.newest END,
    FALSE, c.stage, c.seen_at
FROM chosen AS c
JOIN pg_temp.incoming_openings AS o USING (game_id)
WHERE c.stage <> 'sharp';
