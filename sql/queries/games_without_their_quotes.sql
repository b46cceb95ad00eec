-- games_without_their_quotes.sql: of which games of these days has retention removed a month of quotes?
-- One row a game. :from_day, :to_day  official dates, both included; :games  ids, only these of them, NULL means all.
SELECT DISTINCT e.id
FROM curated.resolved_games AS e
-- Fences: else the planner joins whole tables by hash.
CROSS JOIN LATERAL (SELECT * FROM curated.game_identity WHERE game_id = e.id OFFSET 0) AS i
CROSS JOIN LATERAL (
    SELECT * FROM staging.quote_spans WHERE source_game_id = i.source_game_id AND source = i.source OFFSET 0
) AS s
JOIN curated.archived_months AS m
    ON m.removed_at IS NOT NULL
    AND m.month::TIMESTAMP AT TIME ZONE 'UTC' BETWEEN s.quotes_from AND s.quotes_until - INTERVAL '1 microsecond'
-- Usually nothing is removed, and nothing of this is read.
WHERE EXISTS (SELECT 1 FROM curated.archived_months AS a WHERE a.removed_at IS NOT NULL)
    AND e.game_date BETWEEN %(from_day)s AND %(to_day)s
    AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]));
