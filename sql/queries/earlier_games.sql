-- earlier_games.sql: the games of the temporary table earlier_games.
-- One row per game; setting mlb_ml.earlier_season: the season. Retrosheet's game id is the home club, the date and a number.
SELECT game_id, LEFT(source_game_id, 3) AS home_club, TO_DATE(SUBSTRING(source_game_id FROM 4 FOR 8), 'YYYYMMDD') AS game_date
FROM pg_temp.earlier_games
WHERE season = current_setting('mlb_ml.earlier_season')::INTEGER;
