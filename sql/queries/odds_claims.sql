-- odds_claims.sql: what do the tables of other programs say of these Action Network games?
-- One row per game and table that knows it: the gamePk, the clubs as spelled there, the start. The times of
-- staging.action_network_games are in UTC. is_listing: whether the row is Action Network's own listing of the game, to
-- whose clubs the sides of its odds refer; a row of games may have them exchanged.
-- %(games)s  Action Network's ids, TEXT[]; %(from_day)s, %(to_day)s  official dates, both included.
SELECT n.id AS external_game_id, 'curated.enhanced_games' AS table_name, FALSE AS is_listing,
    e.mlb_stats_api_game_id AS game_pk, e.home_team AS home, e.away_team AS away, e.game_datetime AS start
FROM UNNEST(%(games)s::VARCHAR[]) AS n (id)
JOIN LATERAL (
    SELECT g.home_team, g.away_team, g.game_datetime, g.mlb_stats_api_game_id
    FROM curated.enhanced_games AS g
    WHERE n.id ~ '^[0-9]{1,9}$' AND g.action_network_game_id = n.id::INTEGER
    ORDER BY g.id
    LIMIT 1
) AS e ON TRUE
UNION ALL
SELECT a.external_game_id, 'staging.action_network_games', TRUE, a.mlb_stats_api_game_id,
    COALESCE(a.home_team_normalized, a.home_team), COALESCE(a.away_team_normalized, a.away_team),
    (a.game_date + a.game_time) AT TIME ZONE 'UTC'
FROM staging.action_network_games AS a
WHERE a.external_game_id = ANY(%(games)s)
UNION ALL
SELECT u.external_game_id, 'staging.betting_odds_unified', TRUE, MAX(u.mlb_stats_api_game_id), MAX(u.home_team),
    MAX(u.away_team), MAX(u.game_start_time)
FROM staging.unified_odds(%(from_day)s::DATE - 1, %(to_day)s::DATE + 1) AS u
WHERE u.external_game_id = ANY(%(games)s)
GROUP BY u.external_game_id;
