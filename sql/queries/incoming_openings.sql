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
listings AS MATERIALIZED (
    SELECT g.game_id, g.first_pitch, l.source, l.source_game_id, l.reversed, v.is_live
    FROM games AS g
    CROSS JOIN LATERAL (SELECT * FROM staging.linked_games WHERE game_id = g.game_id AND rank > 4 OFFSET 0) AS l
    CROSS JOIN LATERAL staging.liveness_of(
        l.source, l.source_game_id, g.first_pitch, %(quotes_from)s::TIMESTAMPTZ, %(quotes_until)s::TIMESTAMPTZ
    ) AS v
),
-- A table of its own: where few prices are expected, the catalog was searched by index once a price.
bettable_books AS MATERIALIZED (
    SELECT
        source, book_id, parent_book, valid_from::TIMESTAMP AT TIME ZONE 'UTC' AS valid_from,
        (valid_to::TIMESTAMP + INTERVAL '1 day') AT TIME ZONE 'UTC' AS valid_until
    FROM staging.book_catalogue
    WHERE bettable
),
firsts AS MATERIALIZED (
    -- The change of each price with the first stamp, and when it could be bet.
    SELECT
        p.game_id, p.source, p.source_game_id, p.reversed, p.is_live, p.book_id, p.market_type, p.side, p.parent_book,
        p.valid_from, p.valid_until,
        CASE WHEN p.is_live THEN GREATEST(f.captured_at, f.updated_at) ELSE f.updated_at END AS known_at
    FROM (
        SELECT l.*, s.book_id, s.market_type, s.side, k.parent_book, k.valid_from,
            LEAST(k.valid_until, l.first_pitch) AS valid_until
        FROM listings AS l
        CROSS JOIN LATERAL staging.quote_sides(
            l.source, l.source_game_id, %(quotes_from)s::TIMESTAMPTZ, %(quotes_until)s::TIMESTAMPTZ
        ) AS s
        JOIN bettable_books AS k ON k.source = l.source AND k.book_id = s.book_id
        -- A fence: the first prices are looked up once the books are known.
        OFFSET 0
    ) AS p
    CROSS JOIN LATERAL (
        (
            SELECT h.updated_at, COALESCE(h.data_collection_time, h.updated_at) AS captured_at
            FROM staging.action_network_odds_historical AS h
            WHERE p.source = 'action_network' AND h.external_game_id = p.source_game_id
                AND h.sportsbook_external_id = p.book_id AND h.market_type = p.market_type AND h.side = p.side
                AND h.updated_at >= p.valid_from AND h.updated_at < p.valid_until
                AND COALESCE(h.data_collection_time, h.updated_at) <= %(now)s
                AND staging.is_price(h.odds) AND COALESCE(h.line_status, 'normal') <> 'suspended'
            ORDER BY h.updated_at
            LIMIT 1
        )
        UNION ALL
        (
            SELECT c.updated_at, c.captured_at
            FROM staging.source_quotes AS c
            WHERE c.source_game_id = p.source_game_id AND c.source = p.source AND c.book_id = p.book_id
                AND c.market_type = p.market_type AND c.side = p.side
                AND c.updated_at >= p.valid_from AND c.updated_at < p.valid_until
                AND c.captured_at <= %(now)s AND COALESCE(c.line_status, 'normal') <> 'suspended'
                AND c.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND c.updated_at < %(quotes_until)s::TIMESTAMPTZ
            ORDER BY c.updated_at
            LIMIT 1
        )
    ) AS f
),
sides AS (
    -- A price stamped later may have been captured earlier: any that could be bet before is stamped before known_at.
    SELECT
        f.game_id, COALESCE(f.parent_book, f.source || ':' || f.book_id) AS operator, f.source, f.book_id, f.market_type,
        staging.side_of_game(f.side, f.reversed) AS side, MIN(LEAST(f.known_at, c.known_at)) AS known_at
    FROM firsts AS f
    LEFT JOIN LATERAL (
        SELECT MIN(GREATEST(q.captured_at, q.updated_at)) AS known_at
        FROM (
            SELECT h.updated_at, COALESCE(h.data_collection_time, h.updated_at) AS captured_at
            FROM staging.action_network_odds_historical AS h
            WHERE f.source = 'action_network' AND h.external_game_id = f.source_game_id
                AND h.sportsbook_external_id = f.book_id AND h.market_type = f.market_type AND h.side = f.side
                AND h.updated_at >= f.valid_from AND h.updated_at < LEAST(f.valid_until, f.known_at)
                AND COALESCE(h.data_collection_time, h.updated_at) <= %(now)s
                AND staging.is_price(h.odds) AND COALESCE(h.line_status, 'normal') <> 'suspended'
            UNION ALL
            SELECT c.updated_at, c.captured_at
            FROM staging.source_quotes AS c
            WHERE c.source_game_id = f.source_game_id AND c.source = f.source AND c.book_id = f.book_id
                AND c.market_type = f.market_type AND c.side = f.side
                AND c.updated_at >= f.valid_from AND c.updated_at < LEAST(f.valid_until, f.known_at)
                AND c.captured_at <= %(now)s AND COALESCE(c.line_status, 'normal') <> 'suspended'
                AND c.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND c.updated_at < %(quotes_until)s::TIMESTAMPTZ
        ) AS q
        WHERE f.is_live
    ) AS c ON TRUE
    GROUP BY f.game_id, operator, f.source, f.book_id, f.market_type, staging.side_of_game(f.side, f.reversed)
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
        game_id, operators_seen_at, first_price_at, enough_at, first_price_at + %(opening_wait)s AS patience_ends_at,
        -- Of a first price after the cutoff no decision is made: it waits for nothing.
        GREATEST(cutoff - %(reaction)s, first_price_at) AS last_board_at
    FROM (
        SELECT
            game_id, ARRAY_AGG(seen_at ORDER BY seen_at) AS operators_seen_at, MIN(seen_at) AS first_price_at,
            MIN(seen_at) FILTER (WHERE place >= %(opening_books)s) AS enough_at
        FROM operators
        GROUP BY game_id
    ) AS o
    JOIN games USING (game_id)
),
boards AS (
    SELECT
        game_id, operators_seen_at, first_price_at, LEAST(enough_at, patience_ends_at, last_board_at) AS board_at,
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
    WIDTH_BUCKET(b.board_at, b.operators_seen_at), b.waited_for
FROM boards AS b;
