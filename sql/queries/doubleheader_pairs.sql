-- doubleheader_pairs.sql: which doubleheaders of a source are these games part of?
-- One row per pair: the first game and the second.
-- %(source)s, %(games)s  the source's ids
SELECT one.source_game_id, two.source_game_id
FROM staging.source_games AS one
JOIN staging.source_games AS two USING (source, game_date, home_team, away_team)
WHERE one.source = %(source)s
    AND (one.source_game_id = ANY(%(games)s) OR two.source_game_id = ANY(%(games)s))
    AND one.doubleheader <> 'N' AND two.doubleheader <> 'N'
    AND one.game_number = 1 AND two.game_number = 2
ORDER BY one.source_game_id;
