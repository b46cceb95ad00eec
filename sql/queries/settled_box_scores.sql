-- settled_box_scores.sql: games about a day whose box score need not be fetched again now.
-- One row a game: read within the last 12 hours, or long enough after the game to have the scorer's corrections.
-- %(source)s, %(day)s, %(now)s
SELECT g.source_game_id
FROM staging.source_games AS g
WHERE g.source = %(source)s
    AND g.game_date BETWEEN %(day)s::DATE - 1 AND %(day)s::DATE + 1
    AND EXISTS (
        SELECT 1
        FROM staging.fact_observations AS f
        WHERE (f.source_game_id, f.source, f.fact) = (g.source_game_id, g.source, 'starter_lines')
            AND (f.known_at > %(now)s - INTERVAL '12 hours' OR f.known_at > g.scheduled_start + INTERVAL '20 hours')
    );
