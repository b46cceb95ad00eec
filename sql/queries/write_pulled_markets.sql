-- write_pulled_markets.sql: markets known before and missing from a listing of their game that came in now.
UPDATE staging.quote_sightings AS s
SET last_pulled_at = p.captured_at
FROM (
    SELECT k.source, k.source_game_id, k.book_id, k.market_type, MAX(l.captured_at) AS captured_at
    FROM incoming_listings AS l
    INNER JOIN staging.quote_sightings AS k USING (source, source_game_id)
    WHERE NOT EXISTS (
        SELECT 1
        FROM incoming_sightings AS i
        WHERE (i.source, i.source_game_id, i.book_id, i.market_type, i.captured_at)
            = (k.source, k.source_game_id, k.book_id, k.market_type, l.captured_at)
    )
    GROUP BY k.source, k.source_game_id, k.book_id, k.market_type
) AS p
WHERE (s.source_game_id, s.source, s.book_id, s.market_type)
        = (p.source_game_id, p.source, p.book_id, p.market_type)
    AND p.captured_at > COALESCE(s.last_pulled_at, '-infinity');
