-- name_action_network_games.sql: write the gamePk of linked games into the odds rows that lack it.
-- Only of listings that we ingest. What another program wrote stays as it is: its rows are evidence of which game it is,
-- and naming a season of them, 3M rows, took 48 s and doubled its table.
-- :games  Action Network's ids.
WITH named AS MATERIALIZED (
    SELECT i.source_game_id, e.mlb_stats_api_game_id
    FROM (SELECT DISTINCT g.id FROM UNNEST(%(games)s::TEXT[]) AS g (id)) AS g
    CROSS JOIN LATERAL (
        SELECT 1
        FROM staging.source_games
        WHERE source = 'action_network' AND source_game_id = g.id AND payload_id IS NOT NULL
        OFFSET 0
    ) AS s
    CROSS JOIN LATERAL (
        SELECT source_game_id, game_id
        FROM curated.game_identity
        WHERE source = 'action_network' AND source_game_id = g.id
        OFFSET 0
    ) AS i
    CROSS JOIN LATERAL (
        SELECT mlb_stats_api_game_id
        FROM curated.enhanced_games
        WHERE id = i.game_id AND mlb_stats_api_game_id IS NOT NULL
        OFFSET 0
    ) AS e
)
UPDATE staging.action_network_odds_historical AS q
SET mlb_stats_api_game_id = n.mlb_stats_api_game_id
FROM named AS n
-- By their keys, looked up game by game: joined by the game, all odds are read where their statistics are unknown.
WHERE q.id = ANY(
        ARRAY(
            SELECT r.id
            FROM named AS g
            CROSS JOIN LATERAL (
                SELECT id
                FROM staging.action_network_odds_historical
                WHERE external_game_id = g.source_game_id AND mlb_stats_api_game_id IS NULL
                OFFSET 0
            ) AS r
        )
    )
    AND q.external_game_id = n.source_game_id;
