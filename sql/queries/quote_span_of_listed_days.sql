-- quote_span_of_listed_days.sql: in which months does what sources list for these days have quotes?
-- One row, as text: begin of the first month, end of the last; infinity and -infinity where there are none.
-- :first, :last  the sources' own days, half open.
SELECT COALESCE(MIN(s.quotes_from)::TEXT, 'infinity') AS quotes_from, COALESCE(MAX(s.quotes_until)::TEXT, '-infinity') AS quotes_until
FROM staging.quote_spans AS s
WHERE (s.source, s.source_game_id) IN (
    SELECT g.source, g.source_game_id
    FROM staging.source_games AS g
    WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
);
