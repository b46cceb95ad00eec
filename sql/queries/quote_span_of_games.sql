-- quote_span_of_games.sql: in which months do the listings of these games have quotes?
-- One row, as text: begin of the first month, end of the last; infinity and -infinity where there are none. :games  ids.
SELECT COALESCE(MIN(k.quotes_from)::TEXT, 'infinity') AS quotes_from, COALESCE(MAX(k.quotes_until)::TEXT, '-infinity') AS quotes_until
FROM curated.game_identity AS i
CROSS JOIN LATERAL (
    SELECT s.quotes_from, s.quotes_until
    FROM staging.quote_spans AS s
    WHERE s.source_game_id = i.source_game_id AND s.source = i.source
    -- A fence: else the planner joins whole tables by hash.
    OFFSET 0
) AS k
WHERE i.game_id = ANY(%(games)s::INTEGER[]);
