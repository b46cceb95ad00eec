-- odds_evidence.sql: what does the database know of the Action Network games of these days that we did not capture?
-- One row per game: its gamePk where a row of odds or games names it, and when and between whom it is played according to
-- MLB's schedule, to curated.enhanced_games and to staging.action_network_games, whose date and time are in UTC. listed_*
-- is what an earlier look concluded. Games of which a payload of ours is stored are left out: that says more.
-- Games that no table of games names are those of staging.odds_games without a listing.
-- %(from_day)s, %(to_day)s  official dates, both included.
WITH named AS (
    SELECT e.action_network_game_id::VARCHAR(100) AS external_game_id
    FROM curated.enhanced_games AS e
    WHERE e.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1 AND e.action_network_game_id IS NOT NULL
    UNION
    SELECT a.external_game_id
    FROM staging.action_network_games AS a
    WHERE a.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
    UNION
    SELECT p.external_game_id
    FROM staging.odds_games AS p
    WHERE NOT EXISTS (
        SELECT 1 FROM staging.source_games AS s
        WHERE s.source = 'action_network' AND s.source_game_id = p.external_game_id
    )
),
evidence AS (
    SELECT
        n.external_game_id, e.home_team AS games_home, e.away_team AS games_away, e.game_datetime AS games_start,
        COALESCE(a.home_team_normalized, a.home_team) AS staged_home,
        COALESCE(a.away_team_normalized, a.away_team) AS staged_away,
        (a.game_date + a.game_time) AT TIME ZONE 'UTC' AS staged_start,
        COALESCE(o.mlb_stats_api_game_id, e.mlb_stats_api_game_id, a.mlb_stats_api_game_id) AS game_pk
    FROM named AS n
    LEFT JOIN LATERAL (
        SELECT g.home_team, g.away_team, g.game_datetime, g.mlb_stats_api_game_id
        FROM curated.enhanced_games AS g
        WHERE n.external_game_id ~ '^[0-9]{1,9}$' AND g.action_network_game_id = n.external_game_id::INTEGER
        ORDER BY g.id
        LIMIT 1
    ) AS e ON TRUE
    LEFT JOIN staging.action_network_games AS a USING (external_game_id)
    LEFT JOIN LATERAL (
        SELECT h.mlb_stats_api_game_id
        FROM staging.action_network_odds_historical AS h
        WHERE h.external_game_id = n.external_game_id
        ORDER BY h.mlb_stats_api_game_id IS NULL
        LIMIT 1
    ) AS o ON TRUE
)
SELECT
    v.external_game_id, k.game_pk,
    m.game_date AS schedule_date, m.home_team AS schedule_home, m.away_team AS schedule_away,
    m.scheduled_start AS schedule_start, m.season_type, m.game_number, m.doubleheader,
    v.games_home, v.games_away, v.games_start, v.staged_home, v.staged_away, v.staged_start,
    l.game_pk AS listed_game_pk, l.home_team AS listed_home, l.away_team AS listed_away,
    l.scheduled_start AS listed_start
FROM evidence AS v
CROSS JOIN LATERAL (SELECT CASE WHEN v.game_pk ~ '^[0-9]{1,12}$' THEN v.game_pk::BIGINT END AS game_pk) AS k
LEFT JOIN staging.source_games AS m ON m.source = 'mlb_stats_api' AND m.source_game_id = k.game_pk::VARCHAR
LEFT JOIN staging.source_games AS l ON l.source = 'action_network' AND l.source_game_id = v.external_game_id
WHERE l.payload_id IS NULL
ORDER BY v.external_game_id;
