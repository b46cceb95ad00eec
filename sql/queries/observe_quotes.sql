-- observe_quotes.sql: add the incoming prices to what was observed; the first capture of a price with a stamp counts.
-- Reads the temporary table incoming_quotes.
INSERT INTO staging.quote_observations AS o (
    source, source_game_id, book_id, market_type, side, updated_at, odds, line_value, stamped, captured_at, position,
    line_status, market_id, outcome_id, payload_id
)
SELECT DISTINCT ON (source_game_id, source, book_id, market_type, side, updated_at, odds, COALESCE(line_value, 0))
    source, source_game_id, book_id, market_type, side, updated_at, odds, line_value, stamped, captured_at, position,
    line_status, market_id, outcome_id, payload_id
FROM incoming_quotes
ORDER BY
    source_game_id, source, book_id, market_type, side, updated_at, odds, COALESCE(line_value, 0),
    captured_at, position DESC
ON CONFLICT (source_game_id, source, book_id, market_type, side, updated_at, odds, COALESCE(line_value, 0)) DO UPDATE
SET captured_at = excluded.captured_at,
    position = excluded.position,
    stamped = excluded.stamped,
    line_status = excluded.line_status,
    market_id = excluded.market_id,
    outcome_id = excluded.outcome_id,
    payload_id = excluded.payload_id
WHERE (excluded.captured_at, -excluded.position) < (o.captured_at, -o.position);
