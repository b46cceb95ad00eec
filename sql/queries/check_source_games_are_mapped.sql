-- check_source_games_are_mapped.sql: which games did a source tell us of that are linked to no game?
SELECT source, source_game_id, game_date, away_team, home_team, game_number, status
FROM curated.unmapped_games
WHERE game_date >= %(first)s AND game_date < %(last)s
    AND status NOT IN ('postponed', 'cancelled')
ORDER BY game_date, source, source_game_id;
