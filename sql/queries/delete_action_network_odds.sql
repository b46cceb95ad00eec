-- delete_action_network_odds.sql: rows of ours that an earlier snapshot, come late, shows to be no price change.
DELETE FROM staging.action_network_odds_historical AS q
USING decided_quotes AS d
WHERE NOT d.is_change
    AND (q.external_game_id, q.sportsbook_external_id, q.market_type, q.side, q.updated_at)
        = (d.source_game_id, d.book_id, d.market_type, d.side, d.updated_at);
