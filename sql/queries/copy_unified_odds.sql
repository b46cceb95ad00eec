-- copy_unified_odds.sql: prices of these days that only staging.betting_odds_unified has, into the table that all read.
-- A quote in both counts once: the other table has it under the same instant, or as its newest price with the instant
-- of its collection. What is no American price or no half of a run is left out.
-- %(from_day)s, %(to_day)s  official dates, both included.
INSERT INTO staging.action_network_odds_historical (
    external_game_id, mlb_stats_api_game_id, sportsbook_external_id, sportsbook_name, market_type, side, odds, line_value,
    updated_at, data_collection_time, line_status
)
SELECT DISTINCT ON (u.external_game_id, u.book_id, u.market_type, u.side, u.quoted_at)
    u.external_game_id, u.mlb_stats_api_game_id, u.book_id, u.book_name, u.market_type, u.side, u.odds, u.line_value,
    u.quoted_at, GREATEST(u.collected_at, u.quoted_at), 'normal'
FROM staging.unified_odds(%(from_day)s::DATE - 1, %(to_day)s::DATE + 1) AS u
WHERE u.book_id IS NOT NULL AND u.quoted_at IS NOT NULL
    AND ABS(u.odds) BETWEEN 100 AND 100000
    AND (u.market_type = %(moneyline)s OR u.line_value * 2 = TRUNC(u.line_value * 2))
    AND NOT EXISTS (
        SELECT 1
        FROM staging.action_network_odds_historical AS h
        WHERE h.external_game_id = u.external_game_id AND h.sportsbook_external_id = u.book_id
            AND h.market_type = u.market_type AND h.side = u.side
            AND (
                h.updated_at = u.quoted_at
                OR (
                    u.quoted_at BETWEEN h.updated_at AND h.data_collection_time
                    AND h.odds = u.odds AND h.line_value IS NOT DISTINCT FROM u.line_value
                )
            )
    )
ORDER BY u.external_game_id, u.book_id, u.market_type, u.side, u.quoted_at, u.collected_at DESC
ON CONFLICT DO NOTHING;
