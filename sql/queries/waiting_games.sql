-- waiting_games.sql: the games of which quotes or captures have arrived that nobody has priced yet.
-- One row a listing: its new quotes, 0 where a capture only showed its board again; its game and official
-- date, NULL where no schedule lists it; has_facts on every row says whether facts changed as well, and is the only row's
-- content where nothing waits.
WITH arrived AS MATERIALIZED (
    SELECT source, source_game_id, SUM(quotes)::BIGINT AS quotes
    FROM (
        SELECT source, source_game_id, quotes
        FROM staging.quote_arrivals
        UNION ALL
        SELECT source, source_game_id, 0
        FROM staging.board_arrivals
    ) AS logs
    GROUP BY source, source_game_id
)
SELECT
    EXISTS (SELECT 1 FROM staging.fact_arrivals) AS has_facts,
    a.source, a.source_game_id, i.game_id, a.quotes,
    -- As in new_quotes_by_day.sql.
    COALESCE(g.game_date, s.game_date, (o.game_datetime AT TIME ZONE %(eastern)s)::DATE, n.game_date) AS game_date
FROM (VALUES (1)) AS one (row)
LEFT JOIN arrived AS a ON TRUE
LEFT JOIN curated.game_identity AS i ON i.source = a.source AND i.source_game_id = a.source_game_id
-- A fence: the view is two parts, which a join reads whole.
LEFT JOIN LATERAL (SELECT game_date FROM curated.resolved_games WHERE id = i.game_id OFFSET 0) AS g ON TRUE
LEFT JOIN staging.source_games AS s ON s.source = a.source AND s.source_game_id = a.source_game_id
-- Fences: without statistics both tables are read whole.
LEFT JOIN LATERAL (
    SELECT e.game_datetime
    FROM curated.enhanced_games AS e
    WHERE a.source = 'action_network' AND e.action_network_game_id
        = CASE WHEN a.source_game_id ~ '^[0-9]{1,9}$' THEN a.source_game_id::INTEGER END
    OFFSET 0
) AS o ON TRUE
LEFT JOIN LATERAL (
    SELECT game_date
    FROM staging.action_network_games
    WHERE a.source = 'action_network' AND external_game_id = a.source_game_id
    OFFSET 0
) AS n ON TRUE
ORDER BY a.source, a.source_game_id;
