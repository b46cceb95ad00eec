-- write_source_quotes.sql: bring staging.source_quotes to what decided_quotes says. A row that stays as it is is not touched.
INSERT INTO staging.source_quotes AS q (
    source, source_game_id, book_id, market_type, side, updated_at, odds, line_value, captured_at, line_status, payload_id
)
SELECT
    source, source_game_id, book_id, market_type, side, updated_at, odds, line_value, captured_at, line_status, payload_id
FROM decided_quotes
WHERE is_change
ON CONFLICT (source_game_id, source, book_id, market_type, side, updated_at) DO UPDATE
SET odds = excluded.odds,
    line_value = excluded.line_value,
    captured_at = excluded.captured_at,
    line_status = excluded.line_status,
    payload_id = excluded.payload_id
WHERE (q.odds, q.line_value, q.captured_at, q.line_status)
    IS DISTINCT FROM (excluded.odds, excluded.line_value, excluded.captured_at, excluded.line_status);
