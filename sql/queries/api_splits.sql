-- api_splits.sql: how are tickets and money split, by the newest word of each source, book and market?
-- Percent, of the game's sides. Rows that another program repeats count once, the newest of them. :game_id.
SELECT DISTINCT ON (s.source, s.book, s.market_type)
    s.source, s.book, s.market_type, s.captured_at, s.tickets_home_or_over, s.tickets_away_or_under,
    s.money_home_or_over, s.money_away_or_under
FROM (
    SELECT
        p.source, COALESCE(c.book_name, p.book_id) AS book, p.market_type, p.captured_at,
        CASE WHEN swapped THEN p.tickets_away_or_under ELSE p.tickets_home_or_over END AS tickets_home_or_over,
        CASE WHEN swapped THEN p.tickets_home_or_over ELSE p.tickets_away_or_under END AS tickets_away_or_under,
        CASE WHEN swapped THEN p.money_away_or_under ELSE p.money_home_or_over END AS money_home_or_over,
        CASE WHEN swapped THEN p.money_home_or_over ELSE p.money_away_or_under END AS money_away_or_under
    FROM staging.linked_games AS i
    JOIN staging.source_splits AS p USING (source, source_game_id)
    LEFT JOIN staging.book_catalogue AS c
        ON c.source = p.source AND c.book_id = p.book_id AND p.captured_at::DATE BETWEEN c.valid_from AND c.valid_to
    CROSS JOIN LATERAL (SELECT i.reversed AND p.market_type <> %(total)s AS swapped) AS sides
    WHERE i.game_id = %(game_id)s
    UNION ALL
    (SELECT DISTINCT ON (u.data_source, u.sportsbook_name, u.market_type, u.collected_at)
        u.data_source, u.sportsbook_name, u.market_type, u.collected_at,
        COALESCE(u.bet_percentage_home, u.bet_percentage_over),
        COALESCE(u.bet_percentage_away, u.bet_percentage_under),
        COALESCE(u.money_percentage_home, u.money_percentage_over),
        COALESCE(u.money_percentage_away, u.money_percentage_under)
    FROM curated.unified_betting_splits AS u
    WHERE u.game_id = %(game_id)s
        AND NOT EXISTS (
            SELECT 1
            FROM curated.game_identity AS i
            JOIN staging.source_splits AS p USING (source, source_game_id)
            WHERE i.game_id = u.game_id
        )
    ORDER BY u.data_source, u.sportsbook_name, u.market_type, u.collected_at, u.id DESC)
) AS s
ORDER BY s.source, s.book, s.market_type, s.captured_at DESC;
