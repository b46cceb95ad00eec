-- source_intake.sql: how much of what each source reported about the days was not ingested?
-- One row a source: games reported, those linked to no game, quarantined records. :first, :last half open.
SELECT
    COALESCE(g.source, q.source) AS source,
    COALESCE(g.games, 0) AS games,
    COALESCE(g.unmapped, 0) AS unmapped,
    COALESCE(q.quarantined, 0) AS quarantined
FROM (
    SELECT s.source, COUNT(*) AS games, COUNT(*) FILTER (WHERE i.game_id IS NULL) AS unmapped
    FROM staging.source_games AS s
    LEFT JOIN curated.game_identity AS i USING (source, source_game_id)
    WHERE s.game_date >= %(first)s AND s.game_date < %(last)s
        AND s.status NOT IN ('postponed', 'cancelled')
    GROUP BY s.source
) AS g
FULL JOIN (
    SELECT source, COUNT(*) AS quarantined
    FROM raw_data.quarantine
    WHERE released_at IS NULL AND game_date >= %(first)s AND game_date < %(last)s
    GROUP BY source
) AS q ON q.source = g.source
ORDER BY 1;
