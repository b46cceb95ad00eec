-- season_spans.sql: between which days does each season have games, within :first..:last (both included)?
-- From the sources' records, the games already curated and the games of other programs' odds: an adopted database may
-- have only the latter.
SELECT EXTRACT(YEAR FROM game_date)::INTEGER AS season, MIN(game_date) AS first_day, MAX(game_date) AS last_day
FROM (
    SELECT game_date FROM staging.source_games WHERE game_date BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT game_date FROM curated.resolved_games WHERE game_date BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT game_date FROM staging.action_network_games WHERE game_date BETWEEN %(first)s AND %(last)s
    UNION ALL
    SELECT game_date FROM staging.odds_games WHERE game_date BETWEEN %(first)s AND %(last)s
) AS known
GROUP BY 1
ORDER BY 1;
