-- archived_books.sql: which books have quotes in these months? For DuckDB over the archive tier.
-- One row a source and book, those of every game: to look for those of some takes five times as long.
SELECT 'action_network' AS source, h.sportsbook_external_id AS book_id
FROM staging.action_network_odds_historical AS h
UNION
SELECT s.source, s.book_id
FROM staging.source_quotes AS s
UNION
SELECT a.source, a.feed || ':' || a.book AS book_id
FROM staging.archive_quotes AS a
