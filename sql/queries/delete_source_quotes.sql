-- delete_source_quotes.sql: rows that an earlier snapshot, come late, shows to be no price change.
-- :quotes_from, :quotes_until  the months of these games' quotes.
DELETE FROM staging.source_quotes AS q
USING decided_quotes AS d
WHERE NOT d.is_change
    AND q.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND q.updated_at < %(quotes_until)s::TIMESTAMPTZ
    AND (q.source_game_id, q.source, q.book_id, q.market_type, q.side, q.updated_at)
        = (d.source_game_id, d.source, d.book_id, d.market_type, d.side, d.updated_at);
