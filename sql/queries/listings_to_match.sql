-- listings_to_match.sql: which games do live sources list about these days?
-- One row per source that makes no games of its own: its name and its ids.
-- %(from_day)s, %(to_day)s  official dates, both included; a source may date a game to the day beside
SELECT g.source, ARRAY_AGG(g.source_game_id ORDER BY g.source_game_id) AS games
FROM staging.source_games AS g
WHERE g.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1 AND staging.source_rank(g.source) > 4
    AND (g.known_through IS NULL OR g.captured_at <= g.known_through)
GROUP BY g.source
ORDER BY g.source;
