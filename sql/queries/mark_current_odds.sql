-- mark_current_odds.sql: is_current_odds of the keys just written: TRUE for the newest price of each.
-- Key by key through the unique index: joined as sets, 60,000 new rows took over ten minutes; 20,000 take .3 s this way.
WITH touched AS (
    SELECT DISTINCT source_game_id, book_id, market_type, side
    FROM decided_quotes
),
wrong AS (
    SELECT h.id, h.is_newest
    FROM touched AS t
    CROSS JOIN LATERAL (
        SELECT q.id, q.is_current_odds, q.updated_at = MAX(q.updated_at) OVER () AS is_newest
        FROM staging.action_network_odds_historical AS q
        WHERE (q.external_game_id, q.sportsbook_external_id, q.market_type, q.side)
            = (t.source_game_id, t.book_id, t.market_type, t.side)
    ) AS h
    WHERE h.is_current_odds IS DISTINCT FROM h.is_newest
)
UPDATE staging.action_network_odds_historical AS q
SET is_current_odds = w.is_newest
FROM wrong AS w
WHERE q.id = w.id;
