-- bet_terms.sql: what was the schedule of each game at its decision, and which starters were listed?
-- One row a game and stage. terms is assumed where no capture of the schedule lies before the decision: then the game's
-- own record is used. A listing as postponed or cancelled says nothing of the new place.
-- Decisions come as arrays of equal length: %(game_ids)s, %(stages)s, %(instants)s.
WITH decisions AS MATERIALIZED (
    SELECT d.game_id, d.stage, d.as_of
    FROM UNNEST(%(game_ids)s::INTEGER[], %(stages)s::VARCHAR[], %(instants)s::TIMESTAMPTZ[])
        AS d (game_id, stage, as_of)
),
listed AS (
    SELECT DISTINCT ON (d.game_id, d.stage, o.side) d.game_id, d.stage, o.side, p.player_id
    FROM decisions AS d
    JOIN staging.linked_games AS l ON l.game_id = d.game_id
    JOIN staging.probable_starters AS p USING (source, source_game_id)
    CROSS JOIN LATERAL (SELECT staging.side_of_game(p.side, l.reversed) AS side) AS o
    WHERE p.known_at <= d.as_of
    ORDER BY d.game_id, d.stage, o.side, l.rank, p.known_at DESC
)
SELECT
    d.game_id,
    d.stage,
    CASE WHEN h.game_date IS NULL THEN 'assumed' ELSE 'recorded' END AS terms,
    COALESCE(h.game_date, g.game_date) AS terms_game_date,
    COALESCE(h.scheduled_innings, c.scheduled_innings) AS terms_scheduled_innings,
    COALESCE(h.home_bats_first, c.home_bats_first) AS terms_home_bats_first,
    home.player_id AS home_starter_id,
    away.player_id AS away_starter_id
FROM decisions AS d
-- A fence: the view is two parts, which a join reads whole.
CROSS JOIN LATERAL (SELECT * FROM curated.resolved_games WHERE id = d.game_id OFFSET 0) AS g
JOIN curated.game_details AS c ON c.game_id = d.game_id
LEFT JOIN LATERAL (
    SELECT s.game_date, s.scheduled_innings, s.home_bats_first
    FROM staging.linked_games AS l
    JOIN staging.game_status_history AS s USING (source, source_game_id)
    WHERE l.game_id = d.game_id AND l.rank = 1 AND s.captured_at <= d.as_of
        AND s.status NOT IN ('postponed', 'cancelled')
    ORDER BY s.captured_at DESC
    LIMIT 1
) AS h ON TRUE
LEFT JOIN listed AS home ON home.game_id = d.game_id AND home.stage = d.stage AND home.side = 'home'
LEFT JOIN listed AS away ON away.game_id = d.game_id AND away.stage = d.stage AND away.side = 'away';
