-- write_action_network_games.sql: the adopted table of games, current state of those just written to source_games.
-- %(games)s  source game ids; %(names)s, %(codes)s  full club names by code, arrays of equal length.
INSERT INTO staging.action_network_games AS a (
    external_game_id, home_team, away_team, home_team_normalized, away_team_normalized, game_date, game_time,
    game_status, venue_name
)
SELECT
    g.source_game_id, COALESCE(h.name, g.home_team), COALESCE(v.name, g.away_team), g.home_team, g.away_team, g.game_date,
    (g.scheduled_start AT TIME ZONE %(eastern)s)::TIME, g.status, g.venue_name
FROM staging.source_games AS g
LEFT JOIN UNNEST(%(codes)s::TEXT[], %(names)s::TEXT[]) AS h (code, name) ON h.code = g.home_team
LEFT JOIN UNNEST(%(codes)s::TEXT[], %(names)s::TEXT[]) AS v (code, name) ON v.code = g.away_team
WHERE g.source = 'action_network' AND g.source_game_id = ANY(%(games)s)
ON CONFLICT (external_game_id) DO UPDATE
SET home_team = excluded.home_team,
    away_team = excluded.away_team,
    home_team_normalized = excluded.home_team_normalized,
    away_team_normalized = excluded.away_team_normalized,
    game_date = excluded.game_date,
    game_time = excluded.game_time,
    game_status = excluded.game_status,
    updated_at = NOW()
WHERE (a.home_team, a.away_team, a.game_date, a.game_time, a.game_status)
    IS DISTINCT FROM (
        excluded.home_team, excluded.away_team, excluded.game_date, excluded.game_time, excluded.game_status
    );
