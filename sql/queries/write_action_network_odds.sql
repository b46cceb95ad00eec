-- write_action_network_odds.sql: the same for the adopted table, with its names; ids of games and books stay numeric text.
-- sportsbook_name is the catalogue's: the names in rows of other programs are wrong.
INSERT INTO staging.action_network_odds_historical AS q (
    external_game_id, sportsbook_external_id, sportsbook_name, market_type, side, odds, line_value, updated_at,
    data_collection_time, data_processing_time, line_status, market_id, outcome_id, raw_data_id
)
SELECT
    d.source_game_id, d.book_id, c.book_name, d.market_type, d.side, d.odds, d.line_value, d.updated_at,
    d.captured_at, NOW(), d.line_status, d.market_id, d.outcome_id, r.landed_id
FROM decided_quotes AS d
LEFT JOIN staging.book_catalogue AS c
    ON c.source = d.source AND c.book_id = d.book_id AND d.captured_at::DATE BETWEEN c.valid_from AND c.valid_to
LEFT JOIN raw_data.payload_receipts AS r ON r.id = d.payload_id
WHERE d.is_change
ON CONFLICT (external_game_id, sportsbook_external_id, market_type, side, updated_at) DO UPDATE
SET odds = excluded.odds,
    line_value = excluded.line_value,
    data_collection_time = excluded.data_collection_time,
    data_processing_time = excluded.data_processing_time,
    line_status = excluded.line_status,
    market_id = excluded.market_id,
    outcome_id = excluded.outcome_id,
    raw_data_id = excluded.raw_data_id,
    updated_at_record = NOW()
WHERE (q.odds, q.line_value, q.data_collection_time, q.line_status)
    IS DISTINCT FROM (excluded.odds, excluded.line_value, excluded.data_collection_time, excluded.line_status);
