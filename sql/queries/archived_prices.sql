-- archived_prices.sql: what prices did each book show of each side until these instants? For DuckDB over the archive tier:
-- the conditions are those of quote_metrics.sql.
-- One row a price, in the order of the files; path numbers record, book, market and side; moment is twice the
-- stamp, and one more for a close: two ends with one stamp are in the order open, close. in_time: captured before first pitch. The tables records (place, source, source_game_id, as_of, first_pitch, available_by) and books (place, source,
-- book_id) are the caller's. Its parts: the number of books and the markets.
WITH ticks AS MATERIALIZED (
    SELECT DISTINCT t.source_game_id, t.source, t.feed, t.book, t.market_type
    FROM staging.archive_quotes AS t
    WHERE t.quote_kind = 'tick'
),
prices AS (
    SELECT
        r.place AS record, b.place AS book, h.market_type, h.side, h.updated_at, 0 AS is_close, h.odds, h.line_value,
        COALESCE(h.line_status, 'normal') <> 'suspended' AS open_for_bets,
        COALESCE(h.data_collection_time, h.updated_at) < r.first_pitch AS in_time
    FROM staging.action_network_odds_historical AS h
    INNER JOIN records AS r ON r.source = 'action_network' AND r.source_game_id = h.external_game_id
    INNER JOIN books AS b ON b.source = 'action_network' AND b.book_id = h.sportsbook_external_id
    WHERE h.updated_at <= r.as_of AND h.updated_at < r.first_pitch
        AND COALESCE(h.data_collection_time, h.updated_at) <= r.available_by
    UNION ALL
    SELECT
        r.place, b.place, s.market_type, s.side, s.updated_at, 0, s.odds, s.line_value,
        COALESCE(s.line_status, 'normal') <> 'suspended', s.captured_at < r.first_pitch
    FROM staging.source_quotes AS s
    INNER JOIN records AS r ON r.source = s.source AND r.source_game_id = s.source_game_id
    INNER JOIN books AS b ON b.source = s.source AND b.book_id = s.book_id
    WHERE s.updated_at <= r.as_of AND s.updated_at < r.first_pitch AND s.captured_at <= r.available_by
    UNION ALL
    SELECT
        r.place, b.place, a.market_type, a.side, a.updated_at, (a.quote_kind = 'close')::INTEGER, a.odds, a.line_value, TRUE, TRUE
    FROM staging.archive_quotes AS a
    INNER JOIN records AS r ON r.source = a.source AND r.source_game_id = a.source_game_id
    INNER JOIN books AS b ON b.source = a.source AND b.book_id = a.feed || ':' || a.book
    LEFT JOIN ticks AS t
        ON t.source_game_id = a.source_game_id AND t.source = a.source AND t.feed = a.feed AND t.book = a.book
        AND t.market_type = a.market_type
    WHERE a.updated_at <= r.as_of AND a.updated_at < r.first_pitch AND NOT a.synthetic
        AND (a.quote_kind = 'tick' OR t.source_game_id IS NULL)
)
SELECT
    ((p.record * {book_count} + p.book) * 3 + CASE p.market_type WHEN 'moneyline' THEN 0 WHEN 'spread' THEN 1 ELSE 2 END) * 4
    + CASE p.side WHEN 'away' THEN 0 WHEN 'home' THEN 1 WHEN 'over' THEN 2 ELSE 3 END AS path,
    EPOCH_US(p.updated_at) * 2 + p.is_close AS moment, p.odds, COALESCE(p.line_value::DOUBLE PRECISION, 'NaN') AS line, p.open_for_bets, p.in_time
FROM prices AS p
WHERE p.market_type IN ({markets})
