-- promote_splits.sql: splits of linked games into the adopted curated.unified_betting_splits, where its CHECKs allow: an
-- hour or more before first pitch, both shares of a market summing to at most 102. All others stay in staging only.
-- %(source)s its name with us, %(data_source)s its name there, %(games)s source game ids.
INSERT INTO curated.unified_betting_splits (
    game_id, data_source, sportsbook_name, sportsbook_external_id, market_type, bet_percentage_home, bet_percentage_away,
    money_percentage_home, money_percentage_away, bet_percentage_over, bet_percentage_under, money_percentage_over,
    money_percentage_under, collected_at, game_start_time, data_completeness_score
)
SELECT DISTINCT ON (i.game_id, s.captured_at, s.market_type, LEFT(COALESCE(c.book_name, s.book_id), 50))
    i.game_id, %(data_source)s::VARCHAR, LEFT(COALESCE(c.book_name, s.book_id), 50), LEFT(s.book_id, 50), s.market_type,
    CASE WHEN s.market_type <> %(total)s THEN s.tickets_home_or_over END,
    CASE WHEN s.market_type <> %(total)s THEN s.tickets_away_or_under END,
    CASE WHEN s.market_type <> %(total)s THEN s.money_home_or_over END,
    CASE WHEN s.market_type <> %(total)s THEN s.money_away_or_under END,
    CASE WHEN s.market_type = %(total)s THEN s.tickets_home_or_over END,
    CASE WHEN s.market_type = %(total)s THEN s.tickets_away_or_under END,
    CASE WHEN s.market_type = %(total)s THEN s.money_home_or_over END,
    CASE WHEN s.market_type = %(total)s THEN s.money_away_or_under END,
    s.captured_at, e.game_datetime,
    CASE WHEN s.tickets_home_or_over IS NOT NULL AND s.money_home_or_over IS NOT NULL THEN 1.0 ELSE 0.5 END
FROM staging.source_splits AS s
INNER JOIN staging.source_games AS g USING (source, source_game_id)
INNER JOIN curated.game_identity AS i USING (source, source_game_id)
INNER JOIN curated.resolved_games AS e ON e.id = i.game_id
LEFT JOIN staging.book_catalogue AS c
    ON c.source = s.source AND c.book_id = s.book_id AND s.captured_at::DATE BETWEEN c.valid_from AND c.valid_to
WHERE s.source = %(source)s AND s.source_game_id = ANY(%(games)s)
    -- The column is rounded to minutes; the CHECK's hour is meant to the second.
    AND s.captured_at <= e.game_datetime - %(cutoff_before_start)s
    AND s.tickets_home_or_over IS NOT NULL AND s.money_home_or_over IS NOT NULL
    AND s.tickets_home_or_over + s.tickets_away_or_under <= 102
    AND s.money_home_or_over + s.money_away_or_under <= 102
-- A game that moved is listed twice for a while, under its old and its new id; both are one game here. Of one capture
-- the listing nearest to the current start of the game has the shares.
ORDER BY
    i.game_id, s.captured_at, s.market_type, LEFT(COALESCE(c.book_name, s.book_id), 50),
    GREATEST(g.scheduled_start - e.game_datetime, e.game_datetime - g.scheduled_start), s.source_game_id
ON CONFLICT (game_id, data_source, sportsbook_name, market_type, collected_at) DO NOTHING;
