-- quoted_books.sql: which books quote these Action Network games, and under which name?
-- One row per book. %(games)s  Action Network's ids, TEXT[].
SELECT h.sportsbook_external_id, MAX(h.sportsbook_name)
FROM staging.action_network_odds_historical AS h
WHERE h.external_game_id = ANY(%(games)s)
GROUP BY h.sportsbook_external_id
ORDER BY h.sportsbook_external_id;
