-- check_prices_are_sane.sql: which prices that a bet may use cannot be pre-game prices of one two-sided market?
SELECT g.game_date, g.away_team, g.home_team, l.stage, l.market_type, l.book, l.home_or_over_odds, l.away_or_under_odds,
    l.fair_probability, o.fair_probability AS open_probability
FROM curated.market_lines AS l
JOIN curated.resolved_games AS g ON g.id = l.game_id
LEFT JOIN curated.market_lines AS o
    ON o.game_id = l.game_id AND o.market_type = l.market_type AND o.stage = 'open'
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND l.stage <> 'close'
    AND (
        l.overround < 0
        OR l.overround > 0.12
        OR (
            l.market_type = %(moneyline)s
            AND ABS(
                LN(l.fair_probability / (1 - l.fair_probability)) - LN(o.fair_probability / (1 - o.fair_probability))
            ) > 1.5
        )
    )
ORDER BY g.game_date, g.id, l.stage;
