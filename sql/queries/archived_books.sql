-- archived_books.sql: which books have quotes in these months? For DuckDB over the archive tier.
-- One row a source and book. The table records: those whose quotes are asked for.
SELECT 'action_network' AS source, h.sportsbook_external_id AS book_id
FROM staging.action_network_odds_historical AS h
WHERE h.external_game_id IN (SELECT r.source_game_id FROM records AS r WHERE r.source = 'action_network')
UNION
SELECT s.source, s.book_id
FROM staging.source_quotes AS s
UNION
SELECT a.source, a.feed || ':' || a.book AS book_id
FROM staging.archive_quotes AS a
