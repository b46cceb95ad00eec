-- incoming_openings.sql: when can the first decision about each game of the days be made, and how many books does it see?
-- One row per game with a two-sided live price into incoming_openings. The decision waits for :opening_books operators or
-- for :opening_wait since the first price, whichever comes first, and for :reaction; it sees the whole board of that time.
-- A price counts from its capture on, not from the book's own stamp: nobody could bet at it before.
-- :from_day, :to_day  official dates, both included; :games  ids, only these of them, NULL means all; :now the latest capture to use; the rule is
-- domain.time_rules.DecisionRule; :quotes_from, :quotes_until  the months of their quotes.
WITH games AS MATERIALIZED (
    SELECT
        e.id AS game_id, e.game_datetime - %(cutoff_before_start)s AS cutoff,
        COALESCE(d.first_pitch, e.game_datetime) AS first_pitch
    FROM curated.resolved_games AS e
    LEFT JOIN curated.game_details AS d ON d.game_id = e.id
    WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
        AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]))
        AND e.game_status NOT IN ('postponed', 'cancelled')
),
changes AS (
    -- Each price's first capture; where the whole log was captured after the game, its stamps date it.
    SELECT
        g.game_id, l.source, l.source_game_id, q.book_id, q.market_type, staging.side_of_game(q.side, l.reversed) AS side,
        q.updated_at, q.captured_at,
        MIN(q.captured_at) OVER (PARTITION BY g.game_id, l.source, l.source_game_id) < g.first_pitch AS is_live
    FROM games AS g
    CROSS JOIN LATERAL (SELECT * FROM staging.linked_games WHERE game_id = g.game_id AND rank > 4 OFFSET 0) AS l
    CROSS JOIN LATERAL (
        SELECT h.sportsbook_external_id AS book_id, h.market_type, h.side, h.updated_at,
            COALESCE(h.data_collection_time, h.updated_at) AS captured_at, h.line_status
        FROM staging.action_network_odds_historical AS h
        WHERE l.source = 'action_network' AND h.external_game_id = l.source_game_id
            AND h.market_type = ANY(%(markets)s) AND h.updated_at < g.first_pitch AND staging.is_price(h.odds)
        UNION ALL
        SELECT s.book_id, s.market_type, s.side, s.updated_at, s.captured_at, s.line_status
        FROM staging.source_quotes AS s
        WHERE s.source_game_id = l.source_game_id AND s.source = l.source
            AND s.market_type = ANY(%(markets)s) AND s.updated_at < g.first_pitch
            AND s.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND s.updated_at < %(quotes_until)s::TIMESTAMPTZ
    ) AS q
    WHERE q.captured_at <= %(now)s AND COALESCE(q.line_status, 'normal') <> 'suspended'
),
-- A table of its own: where few changes are expected, the catalog was searched by index once a change.
bettable_books AS MATERIALIZED (
    SELECT
        source, book_id, parent_book, valid_from::TIMESTAMP AT TIME ZONE 'UTC' AS valid_from,
        (valid_to::TIMESTAMP + INTERVAL '1 day') AT TIME ZONE 'UTC' AS valid_until
    FROM staging.book_catalogue
    WHERE bettable
),
sides AS (
    SELECT
        c.game_id, COALESCE(k.parent_book, c.source || ':' || c.book_id) AS operator, c.source, c.book_id, c.market_type,
        c.side,
        MIN(CASE WHEN c.is_live THEN GREATEST(c.captured_at, c.updated_at) ELSE c.updated_at END) AS known_at
    FROM changes AS c
    JOIN bettable_books AS k
        ON k.source = c.source AND k.book_id = c.book_id
        AND c.updated_at >= k.valid_from AND c.updated_at < k.valid_until
    GROUP BY c.game_id, operator, c.source, c.book_id, c.market_type, c.side
),
operators AS (
    SELECT
        game_id, MIN(two_sided_at) AS seen_at,
        ROW_NUMBER() OVER (PARTITION BY game_id ORDER BY MIN(two_sided_at)) AS place
    FROM (
        SELECT game_id, operator, MAX(known_at) AS two_sided_at
        FROM sides
        GROUP BY game_id, operator, source, book_id, market_type
        HAVING COUNT(*) = 2
    ) AS books
    GROUP BY game_id, operator
),
waits AS (
    SELECT
        game_id, first_price_at, enough_at, first_price_at + %(opening_wait)s AS patience_ends_at,
        -- Of a first price after the cutoff no decision is made: it waits for nothing.
        GREATEST(cutoff - %(reaction)s, first_price_at) AS last_board_at
    FROM (
        SELECT
            game_id, MIN(seen_at) AS first_price_at,
            MIN(seen_at) FILTER (WHERE place >= %(opening_books)s) AS enough_at
        FROM operators
        GROUP BY game_id
    ) AS o
    JOIN games USING (game_id)
),
boards AS (
    SELECT
        game_id, first_price_at, LEAST(enough_at, patience_ends_at, last_board_at) AS board_at,
        CASE LEAST(enough_at, patience_ends_at, last_board_at)
            WHEN enough_at THEN 'books'
            WHEN patience_ends_at THEN 'time'
            ELSE 'cutoff'
        END AS waited_for
    FROM waits
)
INSERT INTO pg_temp.incoming_openings (game_id, first_price_at, decided_at, books, waited_for)
SELECT
    b.game_id, b.first_price_at, b.board_at + %(reaction)s,
    (SELECT COUNT(*) FROM operators AS o WHERE o.game_id = b.game_id AND o.seen_at <= b.board_at), b.waited_for
FROM boards AS b;
