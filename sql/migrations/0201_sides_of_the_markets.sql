-- The sides that a listing can have are known: its books are found by one descent of the key each, no longer its sides,
-- 48 of eight books (1.1 -> .2 s for the listings of a season, in three statements). A listing's liveness and clubs are
-- looked up once, not once an instant, and lines leave out books that take no bets before their prices are looked up.
-- depends: 0186_liveness_of_a_listing, 0200_statistics_of_features

CREATE OR REPLACE FUNCTION staging.quote_sides(
    source TEXT, source_game_id TEXT, quotes_from TIMESTAMPTZ DEFAULT '-infinity', quotes_until TIMESTAMPTZ DEFAULT 'infinity'
) RETURNS TABLE (book_id VARCHAR, market_type VARCHAR, side VARCHAR) LANGUAGE SQL STABLE PARALLEL SAFE AS $$
WITH RECURSIVE logged AS (
    (
        SELECT h.sportsbook_external_id AS book_id
        FROM staging.action_network_odds_historical AS h
        WHERE quote_sides.source = 'action_network' AND h.external_game_id = quote_sides.source_game_id
        ORDER BY h.sportsbook_external_id
        LIMIT 1
    )
    UNION ALL
    SELECT n.*
    FROM logged AS p
    CROSS JOIN LATERAL (
        SELECT h.sportsbook_external_id
        FROM staging.action_network_odds_historical AS h
        WHERE h.external_game_id = quote_sides.source_game_id AND h.sportsbook_external_id > p.book_id
        ORDER BY h.sportsbook_external_id
        LIMIT 1
    ) AS n
),
recorded AS (
    (
        SELECT s.book_id
        FROM staging.source_quotes AS s
        WHERE s.source_game_id = quote_sides.source_game_id AND s.source = quote_sides.source
            AND s.updated_at >= quote_sides.quotes_from AND s.updated_at < quote_sides.quotes_until
        ORDER BY s.book_id
        LIMIT 1
    )
    UNION ALL
    SELECT n.*
    FROM recorded AS p
    CROSS JOIN LATERAL (
        SELECT s.book_id
        FROM staging.source_quotes AS s
        WHERE s.source_game_id = quote_sides.source_game_id AND s.source = quote_sides.source AND s.book_id > p.book_id
            AND s.updated_at >= quote_sides.quotes_from AND s.updated_at < quote_sides.quotes_until
        ORDER BY s.book_id
        LIMIT 1
    ) AS n
)
SELECT b.book_id, m.market_type::VARCHAR, m.side::VARCHAR
FROM (SELECT book_id::VARCHAR FROM logged UNION SELECT book_id::VARCHAR FROM recorded) AS b
CROSS JOIN (
    VALUES
        ('moneyline', 'home'), ('moneyline', 'away'), ('spread', 'home'), ('spread', 'away'), ('total', 'over'),
        ('total', 'under')
) AS m (market_type, side)
$$;
COMMENT ON FUNCTION staging.quote_sides IS 'The sides of which a listing of a live source may have prices in the months from quotes_from until quotes_until: those of every market, for each of its books. One descent of the key a book, however many prices there are.';

DROP FUNCTION staging.quotes_at(BIGINT[], TIMESTAMPTZ[], TIMESTAMPTZ[], TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ);
CREATE FUNCTION staging.quotes_at(
    game_ids BIGINT[], instants TIMESTAMPTZ[], captured_by TIMESTAMPTZ[], known_by TIMESTAMPTZ,
    quotes_from TIMESTAMPTZ DEFAULT '-infinity', quotes_until TIMESTAMPTZ DEFAULT 'infinity', only_bettable BOOLEAN DEFAULT FALSE
) RETURNS TABLE (
    game_id BIGINT, instant TIMESTAMPTZ, available_by TIMESTAMPTZ, source VARCHAR, source_game_id VARCHAR, reversed BOOLEAN, book_id VARCHAR,
    market_type VARCHAR, side VARCHAR, odds INTEGER, line_value NUMERIC, quoted_at TIMESTAMPTZ,
    captured_at TIMESTAMPTZ, available_at TIMESTAMPTZ, suspended BOOLEAN, seen_at TIMESTAMPTZ, pulled BOOLEAN
) LANGUAGE SQL STABLE PARALLEL SAFE AS $$
WITH requests AS MATERIALIZED (
    SELECT DISTINCT r.game_id, r.instant, r.available_by AS requested_by,
        LEAST(r.available_by, quotes_at.known_by) AS available_by
    FROM UNNEST(quotes_at.game_ids, quotes_at.instants, quotes_at.captured_by)
        AS r (game_id, instant, available_by)
),
listed AS MATERIALIZED (
    -- Each listing once, whatever the number of instants.
    SELECT l.game_id, l.source, l.source_game_id, l.reversed, g.status, v.is_live
    FROM (SELECT DISTINCT game_id FROM requests) AS r
    JOIN staging.linked_games AS l ON l.game_id = r.game_id AND l.rank > 4
    JOIN staging.source_games AS g ON g.source = l.source AND g.source_game_id = l.source_game_id
    JOIN curated.enhanced_games AS e ON e.id = r.game_id
    LEFT JOIN curated.game_details AS d ON d.game_id = r.game_id
    CROSS JOIN LATERAL staging.liveness_of(
        l.source, l.source_game_id, COALESCE(d.first_pitch, e.game_datetime), quotes_at.quotes_from, quotes_at.quotes_until
    ) AS v
),
listings AS MATERIALIZED (
    SELECT r.game_id, r.instant, r.requested_by, l.source, l.source_game_id, l.reversed, b.board_at, l.is_live,
        CASE WHEN l.is_live THEN r.available_by ELSE quotes_at.known_by END AS available_by
    FROM requests AS r
    JOIN listed AS l USING (game_id)
    LEFT JOIN LATERAL (
        SELECT h.status
        FROM staging.game_status_history AS h
        WHERE h.source = l.source AND h.source_game_id = l.source_game_id AND h.captured_at <= r.available_by
        ORDER BY h.captured_at DESC
        LIMIT 1
    ) AS h ON TRUE
    CROSS JOIN LATERAL (
        SELECT MAX(s.captured_at) AS board_at
        FROM staging.game_sightings AS s
        WHERE s.source_game_id = l.source_game_id AND s.source = l.source
            AND s.captured_at <= LEAST(r.instant, r.available_by)
            AND s.captured_at >= quotes_at.quotes_from AND s.captured_at < quotes_at.quotes_until
    ) AS b
    WHERE COALESCE(h.status, l.status) NOT IN ('postponed', 'cancelled')
),
sides AS MATERIALIZED (
    SELECT l.source, l.source_game_id, s.book_id, s.market_type, s.side
    FROM listed AS l
    CROSS JOIN LATERAL staging.quote_sides(
        l.source, l.source_game_id, quotes_at.quotes_from, quotes_at.quotes_until
    ) AS s
    WHERE NOT quotes_at.only_bettable OR EXISTS (
        SELECT 1
        FROM staging.book_catalogue AS k
        WHERE k.source = l.source AND k.book_id = s.book_id AND k.bettable
    )
),
keys AS MATERIALIZED (
    -- The newest change of each price by the instant.
    SELECT l.*, s.book_id, s.market_type, s.side, q.*
    FROM listings AS l
    JOIN sides AS s ON s.source = l.source AND s.source_game_id = l.source_game_id
    CROSS JOIN LATERAL (
        (
            SELECT h.odds, h.line_value, h.updated_at, COALESCE(h.data_collection_time, h.updated_at) AS captured_at,
                h.line_status
            FROM staging.action_network_odds_historical AS h
            WHERE s.source = 'action_network' AND h.external_game_id = s.source_game_id
                AND h.sportsbook_external_id = s.book_id AND h.market_type = s.market_type AND h.side = s.side
                AND h.updated_at <= l.instant
            ORDER BY h.updated_at DESC
            LIMIT 1
        )
        UNION ALL
        (
            SELECT c.odds, c.line_value, c.updated_at, c.captured_at, c.line_status
            FROM staging.source_quotes AS c
            WHERE c.source_game_id = s.source_game_id AND c.source = s.source AND c.book_id = s.book_id
                AND c.market_type = s.market_type AND c.side = s.side
                AND c.updated_at <= l.instant
                AND c.updated_at >= quotes_at.quotes_from AND c.updated_at < quotes_at.quotes_until
            ORDER BY c.updated_at DESC
            LIMIT 1
        )
    ) AS q
),
changes AS (
    -- The newest change that a capture had by then; usually the newest of all, of which nothing more is to be read.
    SELECT
        k.game_id, k.instant, k.requested_by, k.available_by, k.is_live, k.board_at, k.source, k.source_game_id, k.reversed,
        k.book_id, k.market_type, k.side, k.odds, k.line_value, k.updated_at, k.captured_at, k.line_status
    FROM keys AS k
    WHERE k.captured_at <= k.available_by
    UNION ALL
    SELECT
        k.game_id, k.instant, k.requested_by, k.available_by, k.is_live, k.board_at, k.source, k.source_game_id, k.reversed,
        k.book_id, k.market_type, k.side, f.odds, f.line_value, f.updated_at, f.captured_at, f.line_status
    FROM keys AS k
    LEFT JOIN LATERAL (
        (
            SELECT h.odds, h.line_value, h.updated_at, COALESCE(h.data_collection_time, h.updated_at) AS captured_at,
                h.line_status
            FROM staging.action_network_odds_historical AS h
            WHERE k.source = 'action_network'
                AND h.external_game_id = k.source_game_id AND h.sportsbook_external_id = k.book_id
                AND h.market_type = k.market_type AND h.side = k.side
                AND h.updated_at <= k.instant
                AND COALESCE(h.data_collection_time, h.updated_at) <= k.available_by
            ORDER BY h.updated_at DESC
            LIMIT 1
        )
        UNION ALL
        (
            SELECT s.odds, s.line_value, s.updated_at, s.captured_at, s.line_status
            FROM staging.source_quotes AS s
            WHERE s.source_game_id = k.source_game_id AND s.source = k.source AND s.book_id = k.book_id
                AND s.market_type = k.market_type AND s.side = k.side
                AND s.updated_at <= k.instant AND s.captured_at <= k.available_by
                AND s.updated_at >= quotes_at.quotes_from AND s.updated_at < quotes_at.quotes_until
            ORDER BY s.updated_at DESC
            LIMIT 1
        )
    ) AS f ON TRUE
    WHERE k.captured_at > k.available_by
),
priced AS (
    SELECT
        c.game_id, c.instant, c.requested_by, c.available_by, c.is_live, c.board_at, c.source, c.source_game_id, c.reversed,
        c.book_id, c.market_type, c.side,
        COALESCE(o.odds, c.odds) AS odds,
        CASE WHEN o.odds IS NULL THEN c.line_value ELSE o.line_value END AS line_value,
        -- An observation that repeats the price of the change before it is quoted since that change.
        CASE WHEN o.odds IS NULL OR s.same THEN c.updated_at ELSE o.updated_at END AS quoted_at,
        CASE WHEN o.odds IS NULL OR s.same THEN c.captured_at ELSE o.captured_at END AS captured_at,
        COALESCE(o.line_status, c.line_status, 'normal') = 'suspended' AS suspended,
        COALESCE(o.stamped, FALSE) AS stamped
    FROM changes AS c
    LEFT JOIN LATERAL (
        SELECT o.odds, o.line_value, o.updated_at, o.captured_at, o.line_status, o.stamped
        FROM staging.quote_observations AS o
        WHERE o.source_game_id = c.source_game_id AND o.source = c.source AND o.book_id = c.book_id
            AND o.market_type = c.market_type AND o.side = c.side
            AND o.updated_at <= c.instant AND o.captured_at <= c.available_by
            AND o.updated_at >= quotes_at.quotes_from AND o.updated_at < quotes_at.quotes_until
        ORDER BY o.updated_at DESC, o.captured_at DESC, o.position DESC, o.odds DESC, o.line_value DESC
        LIMIT 1
    ) AS o ON (c.updated_at > o.updated_at AND c.captured_at > o.captured_at) IS NOT TRUE
    CROSS JOIN LATERAL (
        SELECT NOT o.stamped AND c.odds = o.odds AND c.line_value IS NOT DISTINCT FROM o.line_value AS same
    ) AS s
    WHERE o.odds IS NOT NULL OR c.odds IS NOT NULL
)
SELECT
    p.game_id::BIGINT, p.instant, p.requested_by, p.source::VARCHAR, p.source_game_id::VARCHAR, p.reversed, p.book_id::VARCHAR,
    p.market_type::VARCHAR, p.side::VARCHAR, p.odds, p.line_value, p.quoted_at, p.captured_at,
    CASE WHEN p.is_live THEN GREATEST(p.captured_at, p.quoted_at) ELSE p.quoted_at END, p.suspended,
    CASE
        WHEN log.covers THEN p.instant
        -- A price that changed was seen.
        ELSE GREATEST(COALESCE(s.seen_at, s.captured_at, p.quoted_at), LEAST(p.quoted_at, p.instant))
    END AS seen_at,
    COALESCE(p.board_at > s.captured_at, FALSE) AND NOT log.covers AS pulled
FROM priced AS p
LEFT JOIN LATERAL (
    SELECT r.seen_at, CASE WHEN r.last_captured_at <= LEAST(p.instant, p.available_by) THEN r.last_captured_at ELSE p.board_at END
        AS captured_at
    FROM staging.market_sightings AS r
    WHERE r.source_game_id = p.source_game_id AND r.source = p.source AND r.book_id = p.book_id
        AND r.market_type = p.market_type AND r.first_captured_at <= LEAST(p.instant, p.available_by)
        AND r.first_captured_at >= quotes_at.quotes_from AND r.first_captured_at < quotes_at.quotes_until
    ORDER BY r.first_captured_at DESC
    LIMIT 1
) AS s ON TRUE
CROSS JOIN LATERAL (
    -- A change log captured later shows that its newest price by the instant was in effect at it.
    SELECT p.stamped AND p.available_by > p.instant AND EXISTS (
        SELECT 1
        FROM staging.market_sightings AS r
        WHERE r.source_game_id = p.source_game_id AND r.source = p.source AND r.book_id = p.book_id
            AND r.market_type = p.market_type
            AND r.last_captured_at > p.instant AND r.first_captured_at <= p.available_by
            AND r.first_captured_at >= quotes_at.quotes_from AND r.first_captured_at < quotes_at.quotes_until
    ) AS covers
) AS log
$$;
COMMENT ON FUNCTION staging.quotes_at IS 'What could be bet: the price of each side at each book of live sources at an instant, in the record''s own sides. captured_by: the latest capture that may be used for it, the instant itself for a decision, infinity for a close. known_by: the latest capture that may be used for anything, the present. available_at: since when the price could be bet, its capture. seen_at: last sighting of the market by the instant; pulled: a later board listed the game without the market. quotes_from, quotes_until: the months of staging.quote_spans in which listings of the games have quotes. only_bettable: leave out books that never take bets.';
