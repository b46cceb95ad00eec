-- merge_stamped_prices.sql: make curated.stamped_prices hold what logs of changes quoted for the games of these days.
-- A change holds until the next one: the last at or before each of :price_hours, and the last before first pitch as hour 0.
-- Both sides come from one change of one book, and all prices of a market from the book that has most of them. A log whose
-- last change of any market is older than :max_last_change_age at first pitch was cut off: its last price is no close.
-- Shin for two outcomes takes half the margin off each side. Unchanged rows are not written again. One row: how many came.
-- %(from_day)s, %(to_day)s  official dates, both included; %(games)s  ids, only these of them, NULL means all;
-- %(quotes_from)s, %(quotes_until)s  the months of their quotes.
WITH changes AS MATERIALIZED (
    SELECT
        l.game_id, l.start, l.first_pitch, q.feed, q.book, q.market_type, q.updated_at,
        MAX(q.odds) FILTER (WHERE q.side = 'over' OR (q.side = 'home') <> l.reversed AND q.side IN ('home', 'away'))
            AS first_odds,
        MAX(q.odds) FILTER (WHERE q.side = 'under' OR (q.side = 'home') = l.reversed AND q.side IN ('home', 'away'))
            AS second_odds,
        MAX(q.line_value) AS line_value
    FROM (
        SELECT e.id AS game_id, e.game_datetime AS start, COALESCE(d.first_pitch, e.game_datetime) AS first_pitch,
            k.source, k.source_game_id, k.reversed
        FROM curated.resolved_games AS e
        -- Fences: where the days are taken for many, the rows of all games are read.
        CROSS JOIN LATERAL (SELECT * FROM staging.linked_games WHERE game_id = e.id OFFSET 0) AS k
        LEFT JOIN LATERAL (SELECT * FROM curated.game_details WHERE game_id = e.id OFFSET 0) AS d ON TRUE
        WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
            AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]))
        OFFSET 0
    ) AS l
    CROSS JOIN LATERAL (
        SELECT a.feed, a.book, a.market_type, a.side, a.odds, a.line_value, a.updated_at
        FROM staging.archive_quotes AS a
        WHERE a.source_game_id = l.source_game_id
            AND a.source = l.source
            AND a.quote_kind = 'tick'
            AND NOT a.assumed
            AND a.updated_at < l.first_pitch
            AND a.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND a.updated_at < %(quotes_until)s::TIMESTAMPTZ
        OFFSET 0
    ) AS q
    GROUP BY l.game_id, l.start, l.first_pitch, q.feed, q.book, q.market_type, q.updated_at
),
priced AS (
    -- Windows and no joins: of a CTE the planner expects few rows, and joins it to itself row by row.
    SELECT c.*,
        CASE WHEN c.first_odds > 0 THEN 100.0 / (100 + c.first_odds) ELSE -c.first_odds / (100.0 - c.first_odds) END
            ::DOUBLE PRECISION AS first_even,
        CASE WHEN c.second_odds > 0 THEN 100.0 / (100 + c.second_odds) ELSE -c.second_odds / (100.0 - c.second_odds) END
            ::DOUBLE PRECISION AS second_even,
        MAX(c.updated_at) OVER (PARTITION BY c.game_id, c.feed, c.book) AS last_change_at
    FROM changes AS c
    WHERE c.first_odds IS NOT NULL AND c.second_odds IS NOT NULL
),
at_hours AS (
    SELECT DISTINCT ON (p.game_id, p.market_type, p.feed, p.book, h.hours) p.*, h.hours
    FROM priced AS p
    JOIN UNNEST(ARRAY[0] || %(price_hours)s::INTEGER[]) AS h (hours)
        ON h.hours = 0 OR p.updated_at <= p.start - h.hours * INTERVAL '1 hour'
    WHERE p.market_type IN (%(moneyline)s, %(total)s)
        AND p.first_even + p.second_even - 1 BETWEEN 0 AND 0.12
        AND p.last_change_at >= p.first_pitch - %(max_last_change_age)s::INTERVAL
    ORDER BY p.game_id, p.market_type, p.feed, p.book, h.hours, p.updated_at DESC
),
counted AS (
    SELECT a.*, COUNT(*) OVER (PARTITION BY a.game_id, a.market_type, a.feed, a.book) AS prices
    FROM at_hours AS a
),
ranked AS (
    SELECT c.*, DENSE_RANK() OVER (PARTITION BY c.game_id, c.market_type ORDER BY c.prices DESC, c.feed, c.book) AS place
    FROM counted AS c
),
incoming AS MATERIALIZED (
    SELECT
        r.game_id, r.market_type, r.hours::SMALLINT AS hours_to_start, (r.feed || ':' || r.book)::VARCHAR(100) AS book,
        r.line_value, r.first_even - (r.first_even + r.second_even - 1) / 2 AS fair_probability,
        r.updated_at AS quoted_at
    FROM ranked AS r
    WHERE r.place = 1
),
gone AS (
    DELETE FROM curated.stamped_prices AS s
    USING curated.enhanced_games AS e
    WHERE e.id = s.game_id
        AND e.game_date BETWEEN %(from_day)s AND %(to_day)s
        AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]))
        AND NOT EXISTS (
            SELECT 1
            FROM incoming AS i
            WHERE (i.game_id, i.market_type, i.hours_to_start) = (s.game_id, s.market_type, s.hours_to_start)
        )
),
written AS (
    INSERT INTO curated.stamped_prices AS s (
        game_id, market_type, hours_to_start, book, line_value, fair_probability, quoted_at
    )
    SELECT game_id, market_type, hours_to_start, book, line_value, fair_probability, quoted_at
    FROM incoming
    ON CONFLICT (game_id, market_type, hours_to_start) DO UPDATE
    SET book = excluded.book,
        line_value = excluded.line_value,
        fair_probability = excluded.fair_probability,
        quoted_at = excluded.quoted_at
    WHERE (s.book, s.line_value, s.fair_probability, s.quoted_at) IS DISTINCT FROM
        (excluded.book, excluded.line_value, excluded.fair_probability, excluded.quoted_at)
)
SELECT COUNT(*) FROM incoming;
