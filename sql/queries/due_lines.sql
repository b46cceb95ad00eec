-- due_lines.sql: the lines of which games change after :since, up to :until, without a new quote?
-- One row a game: its first decision came due, or its first pitch has passed, from which on a close may be missing.
-- :first, :last  official dates, both included.
SELECT e.id
FROM curated.resolved_games AS e
LEFT JOIN curated.game_openings AS o ON o.game_id = e.id
LEFT JOIN curated.game_details AS d ON d.game_id = e.id
WHERE e.game_date BETWEEN %(first)s AND %(last)s
    AND (
        o.decided_at > %(since)s AND o.decided_at <= %(until)s
        OR COALESCE(d.first_pitch, e.game_datetime) > %(since)s AND COALESCE(d.first_pitch, e.game_datetime) <= %(until)s
    );
