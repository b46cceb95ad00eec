-- decision_quotes.sql: which price did each book show at each decision?
-- One row a game, stage, book, market and side. Archives give their primary price as one pseudo-book (archive = TRUE),
-- known only at its stamp; live books give their newest price before the instant, down where suspended or pulled by then.
-- Sides are the game's, also where a source has the clubs the other way about. Of two listings of one game at one source
-- each book's market is that of the listing whose price is newer: both sides of a bet must be of one listing.
-- Each table is read backwards along its own key, one range a game: no sort, and no other game's rows whatever it holds.
-- Decisions come as arrays of equal length: :game_ids, :stages, :instants.
WITH decisions AS MATERIALIZED (
    SELECT d.game_id, d.stage, d.as_of
    FROM UNNEST(%(game_ids)s::INTEGER[], %(stages)s::VARCHAR[], %(instants)s::TIMESTAMPTZ[])
        AS d (game_id, stage, as_of)
),
live AS (
    SELECT d.game_id, d.stage, d.as_of, i.source, i.source_game_id, i.reversed, q.*,
        FIRST_VALUE(i.source_game_id) OVER (
            PARTITION BY d.game_id, d.stage, d.as_of, i.source, q.book_id, q.market_type
            ORDER BY q.updated_at DESC, i.source_game_id DESC
        ) AS standing_listing
    FROM decisions AS d
    JOIN staging.linked_games AS i ON i.game_id = d.game_id AND i.rank > 4
    JOIN staging.source_games AS g
        ON g.source = i.source AND g.source_game_id = i.source_game_id AND g.status NOT IN ('postponed', 'cancelled')
    CROSS JOIN LATERAL (
        (
            SELECT DISTINCT ON (h.sportsbook_external_id, h.market_type, h.side)
                h.sportsbook_external_id AS book_id, h.market_type, h.side, h.odds, h.line_value, h.updated_at,
                COALESCE(h.line_status, 'normal') = 'suspended' AS suspended
            FROM staging.action_network_odds_historical AS h
            WHERE i.source = 'action_network'
                AND h.external_game_id = i.source_game_id
                AND h.updated_at <= d.as_of
            ORDER BY h.sportsbook_external_id DESC, h.market_type DESC, h.side DESC, h.updated_at DESC
        )
        UNION ALL
        (
            SELECT DISTINCT ON (s.book_id, s.market_type, s.side)
                s.book_id, s.market_type, s.side, s.odds, s.line_value, s.updated_at,
                COALESCE(s.line_status, 'normal') = 'suspended'
            FROM staging.source_quotes AS s
            WHERE s.source_game_id = i.source_game_id
                AND s.source = i.source
                AND s.updated_at <= d.as_of
            ORDER BY s.book_id DESC, s.market_type DESC, s.side DESC, s.updated_at DESC
        )
    ) AS q
)
SELECT
    l.game_id, l.stage, l.market_type, staging.side_of_game(l.side, l.reversed) AS side, l.source || ':' || l.book_id AS book, l.odds,
    l.line_value::DOUBLE PRECISION AS line_value, l.updated_at AS quoted_at,
    CASE WHEN s.last_seen_at >= l.as_of THEN l.as_of ELSE COALESCE(s.last_seen_at, l.updated_at) END AS seen_at,
    l.suspended OR COALESCE(s.last_pulled_at > s.last_seen_at AND s.last_pulled_at <= l.as_of, FALSE) AS down,
    COALESCE(c.bettable, FALSE) AS bettable,
    FALSE AS archive,
    COALESCE(c.parent_book, l.source || ':' || l.book_id) AS operator
FROM live AS l
LEFT JOIN staging.book_catalogue AS c
    ON c.source = l.source AND c.book_id = l.book_id
    AND l.as_of::DATE BETWEEN c.valid_from AND c.valid_to
LEFT JOIN staging.quote_sightings AS s
    ON s.source_game_id = l.source_game_id AND s.source = l.source AND s.book_id = l.book_id
    AND s.market_type = l.market_type
WHERE l.source_game_id = l.standing_listing
UNION ALL
SELECT
    m.game_id, d.stage, m.market_type, v.side, m.book, v.odds, v.line_value, m.quoted_at, m.quoted_at, FALSE, TRUE,
    TRUE, m.book
FROM decisions AS d
JOIN curated.market_lines AS m
    ON m.game_id = d.game_id AND m.stage = d.stage AND m.assumed AND m.known_at <= d.as_of
CROSS JOIN LATERAL (
    VALUES
        (
            CASE m.market_type WHEN 'total' THEN 'over' ELSE 'home' END,
            m.home_or_over_odds,
            m.line_value::DOUBLE PRECISION
        ),
        (
            CASE m.market_type WHEN 'total' THEN 'under' ELSE 'away' END,
            m.away_or_under_odds,
            CASE m.market_type WHEN 'spread' THEN -m.line_value ELSE m.line_value END::DOUBLE PRECISION
        )
) AS v (side, odds, line_value);
