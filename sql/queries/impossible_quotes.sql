-- impossible_quotes.sql: which quotes of the lines being built are no prices?
-- One row a source's game, book, market, side and stamp.
SELECT
    q.source, q.source_game_id, q.book_id, q.market_type, q.side, q.odds, q.quoted_at, g.game_date
FROM pg_temp.impossible_quotes AS q
JOIN curated.resolved_games AS g ON g.id = q.game_id
ORDER BY q.source, q.source_game_id, q.book_id, q.market_type, q.side, q.quoted_at;
