-- quote_span_of_days.sql: in which months do the listings of the games of these days have quotes?
-- One row, as text: begin of the first month, end of the last; infinity and -infinity where there are none.
-- :from_day, :to_day  official dates, both included; :games  ids, only these of them, NULL means all.
SELECT COALESCE(MIN(k.quotes_from)::TEXT, 'infinity') AS quotes_from, COALESCE(MAX(k.quotes_until)::TEXT, '-infinity') AS quotes_until
FROM curated.resolved_games AS e
-- Fences: else the planner joins whole tables by hash.
CROSS JOIN LATERAL (SELECT * FROM curated.game_identity WHERE game_id = e.id OFFSET 0) AS i
CROSS JOIN LATERAL (
    SELECT * FROM staging.quote_spans WHERE source_game_id = i.source_game_id AND source = i.source OFFSET 0
) AS k
WHERE e.game_date BETWEEN %(from_day)s AND %(to_day)s
    AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]));
