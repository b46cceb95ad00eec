-- name_action_network_games.sql: write the gamePk of linked games into the adopted odds rows that lack it.
UPDATE staging.action_network_odds_historical AS q
SET mlb_stats_api_game_id = e.mlb_stats_api_game_id
FROM curated.game_identity AS i
INNER JOIN curated.enhanced_games AS e ON e.id = i.game_id
WHERE i.source = 'action_network'
    AND q.external_game_id = i.source_game_id
    AND q.mlb_stats_api_game_id IS NULL
    AND e.mlb_stats_api_game_id IS NOT NULL
    AND i.source_game_id = ANY(%(games)s);
