-- check_games_are_unique.sql: which games of the days are stored more than once?
-- One row per pair that is not recognized as one game, with the statement that shows both; a postponed game and its
-- makeup on the same day are distinguished by game_number. Rows of other programs often number no doubleheader.
WITH games AS MATERIALIZED (
    SELECT id, game_date, away_team, home_team, game_number
    FROM curated.resolved_games
    WHERE game_date >= %(first)s AND game_date < %(last)s AND game_status NOT IN ('postponed', 'cancelled')
)
SELECT a.game_date, a.away_team, a.home_team, a.game_number, a.id AS first_id, b.id AS second_id,
    FORMAT('SELECT * FROM curated.enhanced_games WHERE id IN (%%s, %%s)', a.id, b.id) AS inspect
FROM games AS a
JOIN games AS b
    ON b.game_date = a.game_date
    AND b.home_team = a.home_team
    AND b.away_team = a.away_team
    AND b.game_number = a.game_number
    AND b.id > a.id
ORDER BY a.game_date, a.id;
