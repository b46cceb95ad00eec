-- staging.quote_history of two sides reads and sorts those alone, and each listing by itself: the movement of a page asked
-- for home and over, and away and under were sorted along. Fifteen games of 9,800 prices each, home and over: 1,070 ms of the
-- server's processor time before, 480 since.
-- depends: 0186_liveness_of_a_listing, 0195_months_of_odds

DROP FUNCTION staging.quote_history(BIGINT[], TIMESTAMPTZ, TIMESTAMPTZ, TIMESTAMPTZ);
CREATE FUNCTION staging.quote_history(
    game_ids BIGINT[], known_by TIMESTAMPTZ, quotes_from TIMESTAMPTZ DEFAULT '-infinity',
    quotes_until TIMESTAMPTZ DEFAULT 'infinity', sides TEXT[] DEFAULT NULL
) RETURNS TABLE (
    game_id BIGINT, source VARCHAR, source_game_id VARCHAR, book VARCHAR, quote_kind VARCHAR, market_type VARCHAR,
    side VARCHAR, odds INTEGER, line_value NUMERIC, quoted_at TIMESTAMPTZ, captured_at TIMESTAMPTZ, suspended BOOLEAN,
    assumed BOOLEAN, synthetic BOOLEAN, offered TSTZMULTIRANGE
) LANGUAGE SQL STABLE PARALLEL SAFE AS $$
WITH listings AS MATERIALIZED (
    SELECT l.game_id, l.source, l.source_game_id, l.reversed,
        CASE
            WHEN quote_history.sides IS NOT NULL
            THEN ARRAY(SELECT staging.side_of_game(w.side, l.reversed) FROM UNNEST(quote_history.sides) AS w (side))
        END AS sides,
        l.rank > 4 AND v.is_live AS is_live
    FROM (SELECT DISTINCT r.game_id FROM UNNEST(quote_history.game_ids) AS r (game_id)) AS r
    CROSS JOIN LATERAL (SELECT source, source_game_id FROM curated.game_identity WHERE game_id = r.game_id OFFSET 0) AS i
    CROSS JOIN LATERAL (
        SELECT * FROM staging.linked_games WHERE source = i.source AND source_game_id = i.source_game_id OFFSET 0
    ) AS l
    CROSS JOIN LATERAL (
        SELECT COALESCE(d.first_pitch, e.game_datetime) AS first_pitch
        FROM curated.enhanced_games AS e
        LEFT JOIN curated.game_details AS d ON d.game_id = e.id
        WHERE e.id = l.game_id
        OFFSET 0
    ) AS s
    CROSS JOIN LATERAL staging.liveness_of(
        l.source, l.source_game_id, s.first_pitch, quote_history.quotes_from, quote_history.quotes_until
    ) AS v
),
absences AS MATERIALIZED (
    -- From the first board without the market to the capture that shows it again.
    SELECT r.source, r.source_game_id, r.book_id, r.market_type, RANGE_AGG(TSTZRANGE(b.gone_at, r.back_at)) AS absent
    FROM (
        SELECT s.source, s.source_game_id, s.book_id, s.market_type, s.last_captured_at,
            LEAD(s.first_captured_at) OVER (
                PARTITION BY s.source_game_id, s.source, s.book_id, s.market_type ORDER BY s.first_captured_at
            ) AS back_at
        FROM listings AS l
        CROSS JOIN LATERAL (
            SELECT *
            FROM staging.market_sightings
            WHERE source_game_id = l.source_game_id AND source = l.source
                AND first_captured_at <= quote_history.known_by
                AND first_captured_at >= quote_history.quotes_from AND first_captured_at < quote_history.quotes_until
            OFFSET 0
        ) AS s
    ) AS r
    CROSS JOIN LATERAL (
        SELECT MIN(b.captured_at) AS gone_at
        FROM staging.game_sightings AS b
        WHERE b.source_game_id = r.source_game_id AND b.source = r.source
            AND b.captured_at > r.last_captured_at AND b.captured_at <= quote_history.known_by
            AND b.captured_at >= quote_history.quotes_from AND b.captured_at < quote_history.quotes_until
    ) AS b
    WHERE b.gone_at < r.back_at OR b.gone_at IS NOT NULL AND r.back_at IS NULL
    GROUP BY r.source, r.source_game_id, r.book_id, r.market_type
),
interruptions AS MATERIALIZED (
    -- While its source calls a game off, nothing of the listing can be bet.
    SELECT h.source, h.source_game_id, RANGE_AGG(TSTZRANGE(h.captured_at, h.replaced_at)) AS called_off
    FROM (
        SELECT h.source, h.source_game_id, h.status, h.captured_at,
            LEAD(h.captured_at) OVER (PARTITION BY h.source, h.source_game_id ORDER BY h.captured_at) AS replaced_at
        FROM listings AS l
        CROSS JOIN LATERAL (
            SELECT *
            FROM staging.game_status_history
            WHERE source = l.source AND source_game_id = l.source_game_id AND captured_at <= quote_history.known_by
            OFFSET 0
        ) AS h
        WHERE l.is_live
    ) AS h
    WHERE h.status IN ('postponed', 'cancelled')
    GROUP BY h.source, h.source_game_id
),
held AS (
    -- A price ends when one with a later stamp can be bet; one that was captured after such a price never could be.
    SELECT l.game_id, l.source, l.source_game_id, l.reversed, q.*
    FROM listings AS l
    CROSS JOIN LATERAL (
        SELECT p.*,
            MIN(p.available_at) OVER (
                -- One text: comparing four took a third of the statement's time.
                PARTITION BY p.side || ' ' || p.market_type || ' ' || p.book, p.synthetic
                ORDER BY p.quoted_at DESC, p.captured_at DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS ended_at
        FROM (
            SELECT o.*, CASE WHEN l.is_live THEN GREATEST(o.captured_at, o.quoted_at) ELSE o.quoted_at END AS available_at
            FROM (
                (
                    SELECT h.sportsbook_external_id::TEXT AS book_id, 'action_network:' || h.sportsbook_external_id AS book,
                        'tick'::TEXT AS quote_kind, h.market_type::TEXT AS market_type, h.side::TEXT AS side, h.odds, h.line_value,
                        h.updated_at AS quoted_at, COALESCE(h.data_collection_time, h.updated_at) AS captured_at,
                        COALESCE(h.line_status, 'normal') = 'suspended' AS suspended, FALSE AS assumed, FALSE AS synthetic
                    FROM staging.action_network_odds_historical AS h
                    WHERE l.source = 'action_network' AND h.external_game_id = l.source_game_id
                        AND (l.sides IS NULL OR h.side = ANY(l.sides))
                    OFFSET 0
                )
                UNION ALL
                (
                    SELECT s.book_id, s.source || ':' || s.book_id, 'tick', s.market_type, s.side, s.odds, s.line_value,
                        s.updated_at, s.captured_at, COALESCE(s.line_status, 'normal') = 'suspended', FALSE, FALSE
                    FROM staging.source_quotes AS s
                    WHERE s.source_game_id = l.source_game_id AND s.source = l.source
                        AND (l.sides IS NULL OR s.side = ANY(l.sides))
                        AND s.updated_at >= quote_history.quotes_from AND s.updated_at < quote_history.quotes_until
                    OFFSET 0
                )
                UNION
                (
                    -- What the tables of changes no longer show: a price whose stamp a later capture gave to another price, or
                    -- that a later capture has as unchanged since before. UNION drops those that they do show.
                    SELECT o.book_id, o.source || ':' || o.book_id, 'tick', o.market_type, o.side, o.odds, o.line_value,
                        o.updated_at, o.captured_at, COALESCE(o.line_status, 'normal') = 'suspended', FALSE, FALSE
                    FROM (
                        SELECT v.*,
                            (v.odds, COALESCE(v.line_value, 0), COALESCE(v.line_status, ''))
                                = (LAG(v.odds) OVER w, COALESCE(LAG(v.line_value) OVER w, 0), COALESCE(LAG(v.line_status) OVER w, ''))
                                AND LAG(v.captured_at) OVER w <= v.captured_at AS repeats,
                            (v.updated_at, v.captured_at)
                                = (LEAD(v.updated_at) OVER w, LEAD(v.captured_at) OVER w) AS is_corrected
                        FROM staging.quote_observations AS v
                        WHERE l.is_live AND v.source_game_id = l.source_game_id AND v.source = l.source
                            AND (l.sides IS NULL OR v.side = ANY(l.sides))
                            AND v.updated_at >= quote_history.quotes_from AND v.updated_at < quote_history.quotes_until
                        WINDOW w AS (
                            PARTITION BY v.book_id, v.market_type, v.side
                            ORDER BY v.updated_at, v.captured_at, v.position, v.odds, v.line_value
                        )
                    ) AS o
                    WHERE o.repeats IS NOT TRUE AND o.is_corrected IS NOT TRUE
                )
                UNION ALL
                (
                    SELECT NULL, a.feed || ':' || a.book, a.quote_kind, a.market_type, a.side, a.odds, a.line_value, a.updated_at,
                        a.updated_at, FALSE, a.assumed, a.synthetic
                    FROM staging.archive_quotes AS a
                    WHERE a.source_game_id = l.source_game_id AND a.source = l.source
                        AND (l.sides IS NULL OR a.side = ANY(l.sides))
                        AND a.updated_at >= quote_history.quotes_from AND a.updated_at < quote_history.quotes_until
                    OFFSET 0
                )
            ) AS o
            WHERE o.captured_at <= quote_history.known_by
        ) AS p
    ) AS q
)
SELECT
    p.game_id::BIGINT, p.source::VARCHAR, p.source_game_id::VARCHAR, p.book::VARCHAR, p.quote_kind::VARCHAR,
    p.market_type::VARCHAR, staging.side_of_game(p.side::VARCHAR, p.reversed)::VARCHAR, p.odds, p.line_value, p.quoted_at,
    p.captured_at, p.suspended, p.assumed, p.synthetic,
    CASE
        WHEN p.suspended OR p.ended_at <= p.available_at THEN '{}'::TSTZMULTIRANGE
        ELSE TSTZMULTIRANGE(TSTZRANGE(p.available_at, p.ended_at))
            - COALESCE(a.absent, '{}'::TSTZMULTIRANGE) - COALESCE(i.called_off, '{}'::TSTZMULTIRANGE)
    END
FROM held AS p
LEFT JOIN absences AS a
    ON a.source = p.source AND a.source_game_id = p.source_game_id AND a.book_id = p.book_id
    AND a.market_type = p.market_type
LEFT JOIN interruptions AS i ON i.source = p.source AND i.source_game_id = p.source_game_id
$$;
COMMENT ON FUNCTION staging.quote_history IS 'Every price of games that a capture up to known_by had, with the game''s sides, and when it could be bet: offered contains an instant exactly where staging.quotes_at, asked as of it, gives this price neither suspended nor pulled. Empty where it never could: suspended, or captured after a later price. quotes_from, quotes_until: the months of staging.quote_spans in which listings of the games have quotes. sides: of the game, NULL means all.';
