-- The quote history again, such that a condition on the game reaches the index of the adopted odds table.
-- external_game_id::VARCHAR(100) cut a VARCHAR(255) short, which no index answers: a slate's quotes read the whole table
-- once a game: 3.8 s at a million rows where 36 ms do, and growing with the table.
-- depends: 0002_pipeline_tables

DROP VIEW staging.odds_history;
CREATE VIEW staging.odds_history AS
SELECT
    'action_network'::VARCHAR AS source,
    h.external_game_id::VARCHAR AS source_game_id,
    ('action_network:' || h.sportsbook_external_id)::VARCHAR AS book,
    'tick'::VARCHAR AS quote_kind,
    h.market_type::VARCHAR AS market_type,
    h.side::VARCHAR AS side,
    h.odds,
    h.line_value,
    h.updated_at,
    COALESCE(h.data_collection_time, h.updated_at) AS captured_at,
    FALSE AS assumed,
    FALSE AS is_primary,
    FALSE AS synthetic
FROM staging.action_network_odds_historical AS h
WHERE COALESCE(h.line_status, 'normal') <> 'suspended'
UNION ALL
SELECT
    q.source::VARCHAR,
    q.source_game_id::VARCHAR,
    (q.source || ':' || q.book_id)::VARCHAR,
    'tick'::VARCHAR,
    q.market_type::VARCHAR,
    q.side::VARCHAR,
    q.odds,
    q.line_value,
    q.updated_at,
    q.captured_at,
    FALSE,
    FALSE,
    FALSE
FROM staging.source_quotes AS q
WHERE COALESCE(q.line_status, 'normal') <> 'suspended'
UNION ALL
SELECT
    a.source::VARCHAR,
    a.source_game_id::VARCHAR,
    (a.feed || ':' || a.book)::VARCHAR,
    a.quote_kind::VARCHAR,
    a.market_type::VARCHAR,
    a.side::VARCHAR,
    a.odds,
    a.line_value,
    a.updated_at,
    a.updated_at,
    a.assumed,
    a.is_primary,
    a.synthetic
FROM staging.archive_quotes AS a;
COMMENT ON VIEW staging.odds_history IS 'Every quote of every source in one set of columns: one row a price of one side at one book. No length in any cast: it would keep a condition from the tables'' indexes.';
