-- odds_listings.sql: which Action Network games of these days did we not capture, and what was concluded of them?
-- One row per game; listed_* is NULL where nothing was. Games of which a payload of ours is stored are left out: that
-- says more. Games that no table dates are those of staging.odds_games without a listing.
-- %(from_day)s, %(to_day)s  official dates, both included.
WITH named AS (
    SELECT e.action_network_game_id::VARCHAR(255) AS external_game_id
    FROM curated.enhanced_games AS e
    WHERE e.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1 AND e.action_network_game_id IS NOT NULL
    UNION
    SELECT a.external_game_id
    FROM staging.action_network_games AS a
    WHERE a.game_date BETWEEN %(from_day)s::DATE - 1 AND %(to_day)s::DATE + 1
    UNION
    SELECT p.external_game_id
    FROM staging.odds_games AS p
    WHERE p.game_date BETWEEN %(from_day)s::DATE AND %(to_day)s::DATE
    UNION
    SELECT p.external_game_id
    FROM staging.odds_games AS p
    -- A fence, here and below: listings are looked up, whatever the statistics make of the number of games.
    LEFT JOIN LATERAL (
        SELECT source_game_id
        FROM staging.source_games
        WHERE source = 'action_network' AND source_game_id = p.external_game_id
        OFFSET 0
    ) AS s ON TRUE
    WHERE NOT p.is_listed AND s.source_game_id IS NULL
)
SELECT
    n.external_game_id, l.game_pk AS listed_game_pk, l.home_team AS listed_home, l.away_team AS listed_away,
    l.scheduled_start AS listed_start
FROM named AS n
LEFT JOIN LATERAL (
    SELECT *
    FROM staging.source_games
    WHERE source = 'action_network' AND source_game_id = n.external_game_id
    OFFSET 0
) AS l ON TRUE
WHERE l.payload_id IS NULL
ORDER BY n.external_game_id;
