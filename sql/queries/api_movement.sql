-- api_movement.sql: how did the prices of these games move up to the scheduled start, book by book?
-- One row a quote, by game, market, book, side (the game's), instant. Synthetic prices and openers of other feeds stay out.
-- :game_ids; :sides.
SELECT
    i.game_id, h.market_type, s.side, h.book, COALESCE(c.book_name, h.book) AS book_name, h.quote_kind, h.odds,
    h.line_value, h.updated_at, h.assumed
FROM staging.linked_games AS i
JOIN curated.resolved_games AS g ON g.id = i.game_id
CROSS JOIN LATERAL (
    SELECT q.*
    FROM staging.odds_history AS q
    WHERE q.source = i.source AND q.source_game_id = i.source_game_id
    -- A fence: else the planner joins whole tables by hash, 500 ms where an index range a game takes 5.
    OFFSET 0
) AS h
CROSS JOIN LATERAL (SELECT staging.side_of_game(h.side, i.reversed) AS side) AS s
LEFT JOIN staging.book_catalogue AS c
    ON c.source || ':' || c.book_id = h.book AND g.game_date BETWEEN c.valid_from AND c.valid_to
WHERE i.game_id = ANY(%(game_ids)s)
    AND s.side = ANY(%(sides)s)
    AND h.updated_at <= g.game_datetime
    AND NOT h.synthetic
ORDER BY i.game_id, h.market_type, h.book, s.side, h.updated_at;
