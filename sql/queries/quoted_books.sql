-- quoted_books.sql: which books quote these Action Network games, under which name, and which gamePk do their odds name?
-- One row per game and book; a name or a gamePk that no row has is NULL. %(games)s  Action Network's ids, TEXT[].
SELECT
    h.external_game_id, h.sportsbook_external_id AS book_id, MAX(h.sportsbook_name) AS name,
    MAX(h.mlb_stats_api_game_id) AS game_pk
FROM UNNEST(%(games)s::VARCHAR[]) AS n (id)
CROSS JOIN LATERAL (
    SELECT *
    FROM staging.action_network_odds_historical
    WHERE external_game_id = n.id
    OFFSET 0
) AS h
GROUP BY h.external_game_id, h.sportsbook_external_id
ORDER BY h.external_game_id, h.sportsbook_external_id;
