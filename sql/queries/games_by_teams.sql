-- games_by_teams.sql: which games did two teams play on an official date?
-- One row per game; those with the teams in this order first, then by game number. Games of one number, which other
-- programs give both games of a doubleheader, or without one count by start.
-- :day official date, :away, :home team codes.
SELECT
    g.id AS game_id, g.mlb_stats_api_game_id AS game_pk, g.game_date, g.away_team, g.home_team,
    CASE
        WHEN g.game_number IS NOT NULL AND COUNT(*) OVER (PARTITION BY g.away_team, g.game_number) = 1 THEN g.game_number
        ELSE ROW_NUMBER() OVER (PARTITION BY g.away_team ORDER BY g.game_datetime, g.id)
    END AS game_number,
    g.away_team = %(away)s AS is_in_order
FROM curated.resolved_games AS g
WHERE g.game_date = %(day)s
    AND (g.away_team, g.home_team) IN ((%(away)s, %(home)s), (%(home)s, %(away)s))
ORDER BY is_in_order DESC, game_number, g.id;
