-- check_prices_cover_the_day.sql: which games that have started, or start within 12 hours, have no moneyline?
SELECT g.game_date, g.away_team, g.home_team, g.game_number, g.game_datetime
FROM curated.resolved_games AS g
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND g.game_datetime < %(now)s + INTERVAL '12 hours'
    AND g.game_status NOT IN ('postponed', 'cancelled')
    AND NOT EXISTS (
        SELECT 1 FROM curated.market_lines AS l WHERE l.game_id = g.id AND l.market_type = %(moneyline)s
    )
ORDER BY g.game_datetime, g.id;
