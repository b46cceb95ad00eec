-- split_shares.sql: how were tickets and money split at these instants?
-- One row a game, instant and market: the median over the newest word of each source and book, captured at or before the
-- instant and before first pitch. Percent of home or over; the gap is money less tickets of one book, then the median.
-- :game_ids, :instants  arrays of equal length.
WITH decisions AS (
    SELECT DISTINCT d.game_id, d.as_of, COALESCE(t.first_pitch, e.game_datetime) AS first_pitch
    FROM UNNEST(%(game_ids)s::INTEGER[], %(instants)s::TIMESTAMPTZ[]) AS d (game_id, as_of)
    -- A fence: the view is two parts, which a join reads whole.
    CROSS JOIN LATERAL (SELECT * FROM curated.resolved_games WHERE id = d.game_id OFFSET 0) AS e
    LEFT JOIN curated.game_details AS t ON t.game_id = d.game_id
),
newest AS (
    SELECT
        d.game_id, d.as_of, p.market_type,
        CASE WHEN swapped THEN p.tickets_away_or_under ELSE p.tickets_home_or_over END AS tickets,
        CASE WHEN swapped THEN p.money_away_or_under ELSE p.money_home_or_over END AS money
    FROM decisions AS d
    JOIN staging.linked_games AS l ON l.game_id = d.game_id AND l.rank > 4
    CROSS JOIN LATERAL (
        SELECT DISTINCT ON (s.book_id, s.market_type) s.*
        FROM staging.source_splits AS s
        WHERE s.source_game_id = l.source_game_id AND s.source = l.source
            AND s.captured_at <= d.as_of AND s.captured_at < d.first_pitch
        ORDER BY s.book_id, s.market_type, s.captured_at DESC
    ) AS p
    CROSS JOIN LATERAL (SELECT l.reversed AND p.market_type <> %(total)s AS swapped) AS sides
)
SELECT
    game_id, as_of, market_type,
    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY tickets::DOUBLE PRECISION) AS tickets,
    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY money::DOUBLE PRECISION) AS money,
    PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY (money - tickets)::DOUBLE PRECISION) AS gap
FROM newest
GROUP BY game_id, as_of, market_type;
