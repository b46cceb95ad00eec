-- export_quotes.sql: the quotes of an archive.
-- One row per quote. %(source)s
SELECT
    source_game_id AS game_id, feed, book, quote_kind, market_type, side, odds, line_value,
    updated_at AT TIME ZONE 'UTC' AS updated_at, assumed, is_primary
FROM staging.archive_quotes
WHERE source = %(source)s
ORDER BY source_game_id, feed, book, updated_at;
