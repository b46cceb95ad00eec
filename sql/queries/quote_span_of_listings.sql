-- quote_span_of_listings.sql: in which months do these listings have quotes?
-- One row, as text: begin of the first month, end of the last; infinity and -infinity where there are none.
-- :source; :listings  its ids of games.
SELECT COALESCE(MIN(s.quotes_from)::TEXT, 'infinity') AS quotes_from, COALESCE(MAX(s.quotes_until)::TEXT, '-infinity') AS quotes_until
FROM staging.quote_spans AS s
WHERE s.source_game_id = ANY(%(listings)s::VARCHAR[]) AND s.source = %(source)s;
