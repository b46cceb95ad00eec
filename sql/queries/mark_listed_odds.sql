-- mark_listed_odds.sql: which games of other programs' odds are listed by now?
-- Later only those that came since are looked up. :games  Action Network ids; NULL means all.
UPDATE staging.odds_games AS p
SET is_listed = TRUE
FROM staging.source_games AS s
WHERE NOT p.is_listed AND s.source = 'action_network' AND s.source_game_id = p.external_game_id
    AND (%(games)s::TEXT[] IS NULL OR p.external_game_id = ANY(%(games)s::TEXT[]));
