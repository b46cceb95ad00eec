-- mark_current_odds.sql: is_current_odds of the keys just written: TRUE for the newest price of each.
WITH touched AS (
    SELECT DISTINCT source_game_id, book_id, market_type, side
    FROM decided_quotes
),
newest AS (
    SELECT t.source_game_id, t.book_id, t.market_type, t.side, MAX(q.updated_at) AS updated_at
    FROM touched AS t
    INNER JOIN staging.action_network_odds_historical AS q
        ON (q.external_game_id, q.sportsbook_external_id, q.market_type, q.side)
            = (t.source_game_id, t.book_id, t.market_type, t.side)
    GROUP BY t.source_game_id, t.book_id, t.market_type, t.side
)
UPDATE staging.action_network_odds_historical AS q
SET is_current_odds = (q.updated_at = n.updated_at)
FROM newest AS n
WHERE (q.external_game_id, q.sportsbook_external_id, q.market_type, q.side)
        = (n.source_game_id, n.book_id, n.market_type, n.side)
    AND q.is_current_odds IS DISTINCT FROM (q.updated_at = n.updated_at);
