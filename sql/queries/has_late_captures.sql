-- has_late_captures.sql: is any incoming capture earlier than one that its game has already?
-- One boolean. Usually FALSE: a source is captured again and again, and each capture is the newest.
-- :quotes_from, :quotes_until  the months of these games' quotes.
SELECT EXISTS (
    SELECT 1
    FROM (
        SELECT source, source_game_id, MIN(captured_at) AS captured_at
        FROM (
            SELECT source, source_game_id, captured_at FROM incoming_listings
            UNION ALL
            SELECT source, source_game_id, captured_at FROM incoming_sightings
        ) AS captures
        GROUP BY source, source_game_id
    ) AS i
    INNER JOIN staging.game_sightings AS b
        ON b.source_game_id = i.source_game_id AND b.source = i.source AND b.captured_at > i.captured_at
        AND b.captured_at >= %(quotes_from)s::TIMESTAMPTZ AND b.captured_at < %(quotes_until)s::TIMESTAMPTZ
);
