-- check_source_games_are_mapped.sql: which games did a source tell us of that are linked to no game?
SELECT g.source, g.source_game_id, g.game_date, g.away_team, g.home_team, g.game_number, g.status
FROM staging.source_games AS g
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND g.status NOT IN ('postponed', 'cancelled')
    -- Not of the view curated.unmapped_games: where the days are taken for many, its join reads the links whole.
    AND (
        SELECT i.game_id
        FROM curated.game_identity AS i
        WHERE i.source = g.source AND i.source_game_id = g.source_game_id
    ) IS NULL
ORDER BY g.game_date, g.source, g.source_game_id;
