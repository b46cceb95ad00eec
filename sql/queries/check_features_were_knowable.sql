-- check_features_were_knowable.sql: which feature rows rest on something from after their cutoff, or from the game itself?
-- The table's own CHECK refuses the first; a table restored without it, a cutoff after the first pitch, or a decision
-- after the game's own result, which a start set by rule can bring, would not be.
SELECT g.game_date, g.away_team, g.home_team, f.stage, f.as_of, f.known_at, g.game_datetime, d.first_pitch
FROM curated.game_features AS f
JOIN curated.resolved_games AS g ON g.id = f.game_id
LEFT JOIN curated.game_details AS d ON d.game_id = g.id
WHERE g.game_date >= %(first)s AND g.game_date < %(last)s
    AND (
        f.known_at > f.as_of
        OR f.as_of >= COALESCE(d.first_pitch, g.game_datetime)
        OR f.as_of >= d.result_known_at
    )
ORDER BY g.game_date, g.id;
