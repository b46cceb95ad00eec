-- write_missing_closes.sql: make curated.missing_closes hold the markets of these days that have no close, and no others.
-- An archive may have the close that no live source saw in time.
-- :from_day, :to_day  official dates, both included; :games  ids, only these of them, NULL means all.
WITH missing AS (
    SELECT m.*
    FROM pg_temp.missing_closes AS m
    WHERE NOT EXISTS (
        SELECT 1
        FROM pg_temp.incoming_lines AS l
        WHERE l.game_id = m.game_id AND l.market_type = m.market_type AND l.stage = 'close'
    )
),
gone AS (
    DELETE FROM curated.missing_closes AS c
    USING curated.resolved_games AS e
    WHERE e.id = c.game_id
        AND e.game_date BETWEEN %(from_day)s AND %(to_day)s
        AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]))
        AND NOT EXISTS (SELECT 1 FROM missing AS m WHERE (m.game_id, m.market_type) = (c.game_id, c.market_type))
)
INSERT INTO curated.missing_closes AS c (game_id, market_type, reason, last_seen_at)
SELECT game_id, market_type, reason, last_seen_at
FROM missing
ON CONFLICT (game_id, market_type) DO UPDATE
SET reason = excluded.reason,
    last_seen_at = excluded.last_seen_at
WHERE (c.reason, c.last_seen_at) IS DISTINCT FROM (excluded.reason, excluded.last_seen_at);
