-- write_source_splits.sql: every split as captured; of two for one market and instant the greater row is kept, in any order.
-- Reads incoming_splits.
INSERT INTO staging.source_splits AS s (
    source, source_game_id, book_id, market_type, captured_at, updated_at, tickets_home_or_over, tickets_away_or_under,
    money_home_or_over, money_away_or_under, ticket_count, payload_id
)
SELECT DISTINCT ON (source_game_id, source, book_id, market_type, captured_at)
    source, source_game_id, book_id, market_type, captured_at, updated_at, tickets_home_or_over, tickets_away_or_under,
    money_home_or_over, money_away_or_under, ticket_count, payload_id
FROM incoming_splits
ORDER BY
    source_game_id, source, book_id, market_type, captured_at,
    updated_at DESC NULLS LAST, tickets_home_or_over DESC, money_home_or_over DESC
ON CONFLICT (source_game_id, source, book_id, market_type, captured_at) DO UPDATE
SET updated_at = excluded.updated_at,
    tickets_home_or_over = excluded.tickets_home_or_over,
    tickets_away_or_under = excluded.tickets_away_or_under,
    money_home_or_over = excluded.money_home_or_over,
    money_away_or_under = excluded.money_away_or_under,
    ticket_count = excluded.ticket_count,
    payload_id = excluded.payload_id
WHERE (COALESCE(excluded.updated_at, '-infinity'), COALESCE(excluded.tickets_home_or_over, -1),
        COALESCE(excluded.money_home_or_over, -1))
    > (COALESCE(s.updated_at, '-infinity'), COALESCE(s.tickets_home_or_over, -1), COALESCE(s.money_home_or_over, -1));
