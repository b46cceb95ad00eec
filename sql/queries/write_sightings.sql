-- write_sightings.sql: when each two-sided market was first and last on offer, and last missing from a payload that had
-- its game. Reads incoming_sightings and incoming_listings; game_sightings must hold the listings already.
-- A market new here may have been missing from payloads that came in before it: all listings of its game are looked at.
WITH seen AS (
    SELECT source, source_game_id, book_id, market_type, MIN(seen_at) AS first_seen_at, MAX(seen_at) AS last_seen_at
    FROM incoming_sightings
    GROUP BY source, source_game_id, book_id, market_type
),
missing AS (
    SELECT n.source, n.source_game_id, n.book_id, n.market_type, MAX(g.captured_at) AS captured_at
    FROM seen AS n
    INNER JOIN staging.game_sightings AS g USING (source, source_game_id)
    LEFT JOIN incoming_sightings AS i
        ON (i.source, i.source_game_id, i.book_id, i.market_type, i.captured_at)
            = (n.source, n.source_game_id, n.book_id, n.market_type, g.captured_at)
    WHERE i.source IS NULL
    GROUP BY n.source, n.source_game_id, n.book_id, n.market_type
)
INSERT INTO staging.quote_sightings AS s
    (source, source_game_id, book_id, market_type, first_seen_at, last_seen_at, last_pulled_at)
SELECT n.source, n.source_game_id, n.book_id, n.market_type, n.first_seen_at, n.last_seen_at, m.captured_at
FROM seen AS n
LEFT JOIN missing AS m USING (source, source_game_id, book_id, market_type)
ON CONFLICT (source_game_id, source, book_id, market_type) DO UPDATE
SET first_seen_at = LEAST(s.first_seen_at, excluded.first_seen_at),
    last_seen_at = GREATEST(s.last_seen_at, excluded.last_seen_at)
WHERE excluded.first_seen_at < s.first_seen_at OR excluded.last_seen_at > s.last_seen_at;
