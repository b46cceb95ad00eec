-- Which rows of staging.odds_history are of tables divided by months: a statement that names their months is planned over
-- these alone, and other programs' table, whose months nobody lists, is read as before.
-- depends: 0162_scores_of_games

CREATE OR REPLACE VIEW staging.odds_history AS
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
    FALSE AS synthetic,
    FALSE AS is_divided
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
    FALSE,
    TRUE
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
    a.synthetic,
    TRUE
FROM staging.archive_quotes AS a;
COMMENT ON COLUMN staging.odds_history.is_divided IS 'Whether the row is of a table divided by months, whose months staging.quote_spans lists.';
