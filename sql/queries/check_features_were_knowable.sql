-- check_features_were_knowable.sql: which feature rows rest on something from after their cutoff?
SELECT g.game_date, g.away_team, g.home_team, f.stage, f.as_of, f.known_at, g.game_datetime
FROM curated.game_features AS f
JOIN curated.enhanced_games AS g ON g.id = f.game_id
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND f.known_at > f.as_of
ORDER BY g.game_date, g.id;
