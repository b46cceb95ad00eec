-- A run as of an instant of the past takes games, links and results as they were known then: of a listing's state only
-- what was captured by then. A replay knew of postponements and moves of later, and linked prices by them.
-- depends: 0049_quote_history

ALTER TABLE staging.source_games ADD COLUMN known_through TIMESTAMPTZ;
COMMENT ON COLUMN staging.source_games.known_through IS 'Instant (UTC) of a run as of the past: the row has the state of the listings captured by then, and the game is not listed yet where captured_at is later. NULL: the state of all listings.';
CREATE INDEX game_status_history_by_day ON staging.game_status_history (game_date);
CREATE INDEX source_games_of_the_past ON staging.source_games (known_through) WHERE known_through IS NOT NULL;

CREATE OR REPLACE VIEW staging.linked_games AS
SELECT
    i.game_id,
    i.source,
    i.source_game_id,
    staging.source_rank(i.source) AS rank,
    g.home_team <> COALESCE(c.home_team, e.home_team) AS reversed,
    i.confidence,
    g.game_pk
FROM curated.game_identity AS i
JOIN staging.source_games AS g USING (source, source_game_id)
JOIN curated.enhanced_games AS e ON e.id = i.game_id
LEFT JOIN curated.game_corrections AS c ON c.game_id = i.game_id
WHERE g.known_through IS NULL OR g.captured_at <= g.known_through;

CREATE OR REPLACE VIEW staging.moved_games AS
SELECT i.game_id, MIN(h.captured_at) AS schedule_known_at
FROM curated.game_identity AS i
JOIN staging.source_games AS g USING (source, source_game_id)
JOIN staging.game_status_history AS h USING (source, source_game_id)
CROSS JOIN LATERAL (
    SELECT MAX(o.captured_at) AS captured_at
    FROM staging.game_status_history AS o
    WHERE o.source = i.source AND o.source_game_id = i.source_game_id AND o.status NOT IN ('postponed', 'cancelled')
        AND (g.known_through IS NULL OR o.captured_at <= g.known_through)
        AND (
            o.game_date, o.scheduled_start, COALESCE(o.game_number, g.game_number),
            COALESCE(o.doubleheader, g.doubleheader), COALESCE(o.park_id, g.park_id)
        ) IS DISTINCT FROM (g.game_date, g.scheduled_start, g.game_number, g.doubleheader, g.park_id)
) AS other
WHERE staging.source_rank(i.source) = 1 AND h.status NOT IN ('postponed', 'cancelled')
    AND h.captured_at > other.captured_at
    AND (g.known_through IS NULL OR h.captured_at <= g.known_through)
GROUP BY i.game_id;
