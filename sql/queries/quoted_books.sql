-- quoted_books.sql: which books quote these Action Network games, under which name, and which gamePk do their odds name?
-- One row per game and book; a name or a gamePk that no row has is NULL. %(games)s  Action Network's ids, TEXT[].
SELECT n.id AS external_game_id, b.book_id, b.name, b.game_pk
FROM UNNEST(%(games)s::VARCHAR[]) AS n (id)
CROSS JOIN LATERAL (
    -- Game by game the key gives the books in order; all games' rows hashed at once took twice as long.
    SELECT
        h.sportsbook_external_id AS book_id, MAX(h.sportsbook_name) AS name, MAX(h.mlb_stats_api_game_id) AS game_pk
    FROM staging.action_network_odds_historical AS h
    WHERE h.external_game_id = n.id
    GROUP BY h.sportsbook_external_id
) AS b
ORDER BY n.id, b.book_id;
