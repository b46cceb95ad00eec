-- merge_game_openings.sql: make curated.game_openings hold the incoming first decisions of these days and no others.
-- Unchanged rows are not written again.
-- :from_day, :to_day  official dates, both included; :games  ids, only these of them, NULL means all.
WITH gone AS (
    DELETE FROM curated.game_openings AS o
    USING curated.enhanced_games AS e
    WHERE e.id = o.game_id
        AND e.game_date BETWEEN %(from_day)s AND %(to_day)s
        AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]))
        AND NOT EXISTS (SELECT 1 FROM pg_temp.incoming_openings AS i WHERE i.game_id = o.game_id)
)
INSERT INTO curated.game_openings AS o (game_id, first_price_at, decided_at, books, waited_for)
SELECT game_id, first_price_at, decided_at, books, waited_for
FROM pg_temp.incoming_openings
ON CONFLICT (game_id) DO UPDATE
SET first_price_at = excluded.first_price_at,
    decided_at = excluded.decided_at,
    books = excluded.books,
    waited_for = excluded.waited_for
WHERE (o.first_price_at, o.decided_at, o.books, o.waited_for)
    IS DISTINCT FROM (excluded.first_price_at, excluded.decided_at, excluded.books, excluded.waited_for);
