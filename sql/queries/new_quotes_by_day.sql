-- new_quotes_by_day.sql: how many quotes of which game days could the snapshot :since not yet see?
-- One row an official date, at least one in all: the snapshot that this statement itself sees, and NULLs where nothing is
-- new. The date is NULL too for games that no source has listed, whose count is not. One statement has one snapshot,
-- so nothing falls between the rows and the snapshot to ask from next.
-- Numbers of transactions begin anew in a restored database: a row from beyond the present snapshot is of the database
-- that was dumped and is not new, and where :since itself lies beyond it, every row of this database is.
-- Scans xid >= xmin(:since) of a btree, so a long-running writer costs a longer scan, never a stall; games are looked up
-- once each, not once an arrival, and grouped by the column that separates them best first (the source is nearly always one).
WITH arrived AS MATERIALIZED (
    SELECT source_game_id, source, SUM(quotes) AS quotes
    FROM staging.quote_arrivals
    CROSS JOIN (
        SELECT pg_snapshot_xmax(%(since)s::pg_snapshot) > pg_snapshot_xmax(pg_current_snapshot()) AS restored
    ) AS c
    WHERE xid < pg_snapshot_xmax(pg_current_snapshot())
        AND xid >= CASE WHEN c.restored THEN '0'::XID8 ELSE pg_snapshot_xmin(%(since)s::pg_snapshot) END
        AND (c.restored OR NOT pg_visible_in_snapshot(xid, %(since)s::pg_snapshot))
    GROUP BY source_game_id, source
),
days AS (
    SELECT COALESCE(
            g.game_date, s.game_date, (o.game_datetime AT TIME ZONE %(eastern)s)::DATE, a.game_date, p.game_date
        ) AS game_date, SUM(q.quotes)::BIGINT AS quotes
    FROM arrived AS q
    LEFT JOIN curated.game_identity AS i
        ON i.source = q.source AND i.source_game_id = q.source_game_id
    -- A fence: the view is two parts, which a join reads whole.
    LEFT JOIN LATERAL (SELECT game_date FROM curated.resolved_games WHERE id = i.game_id OFFSET 0) AS g ON TRUE
    LEFT JOIN staging.source_games AS s
        ON s.source = q.source AND s.source_game_id = q.source_game_id
    -- Fences: without statistics the tables are read whole.
    LEFT JOIN LATERAL (
        SELECT e.game_datetime
        FROM curated.enhanced_games AS e
        WHERE q.source = 'action_network' AND e.action_network_game_id
            = CASE WHEN q.source_game_id ~ '^[0-9]{1,9}$' THEN q.source_game_id::INTEGER END
        OFFSET 0
    ) AS o ON TRUE
    LEFT JOIN LATERAL (
        SELECT game_date
        FROM staging.action_network_games
        WHERE q.source = 'action_network' AND external_game_id = q.source_game_id
        OFFSET 0
    ) AS a ON TRUE
    LEFT JOIN LATERAL (
        SELECT game_date
        FROM staging.odds_games
        WHERE q.source = 'action_network' AND external_game_id = q.source_game_id
        OFFSET 0
    ) AS p ON TRUE
    GROUP BY 1
)
SELECT n.snapshot, d.game_date, d.quotes
FROM (SELECT pg_current_snapshot()::TEXT AS snapshot) AS n
LEFT JOIN days AS d ON TRUE
ORDER BY d.game_date;
