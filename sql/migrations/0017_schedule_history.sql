-- What of a schedule a decision rests on, so that a game that moved is decided anew from when its new place was known.
-- depends: 0016_champions

ALTER TABLE staging.game_status_history
    ADD COLUMN game_number SMALLINT,
    ADD COLUMN doubleheader CHAR(1),
    ADD COLUMN park_id VARCHAR(10);
COMMENT ON COLUMN staging.game_status_history.game_number IS 'With doubleheader and park_id NULL in rows from before migration 0017: then unknown, not changed.';

-- When each game's present schedule became known: the first capture after the last that told another one. Only games that
-- moved have a row. What its source calls postponed or cancelled says nothing of the new place.
CREATE VIEW staging.moved_games AS
SELECT i.game_id, MIN(h.captured_at) AS schedule_known_at
FROM curated.game_identity AS i
JOIN staging.source_games AS g USING (source, source_game_id)
JOIN staging.game_status_history AS h USING (source, source_game_id)
CROSS JOIN LATERAL (
    SELECT MAX(o.captured_at) AS captured_at
    FROM staging.game_status_history AS o
    WHERE o.source = i.source AND o.source_game_id = i.source_game_id AND o.status NOT IN ('postponed', 'cancelled')
        AND (
            o.game_date, o.scheduled_start, COALESCE(o.game_number, g.game_number),
            COALESCE(o.doubleheader, g.doubleheader), COALESCE(o.park_id, g.park_id)
        ) IS DISTINCT FROM (g.game_date, g.scheduled_start, g.game_number, g.doubleheader, g.park_id)
) AS other
WHERE staging.source_rank(i.source) = 1 AND h.status NOT IN ('postponed', 'cancelled')
    AND h.captured_at > other.captured_at
GROUP BY i.game_id;
COMMENT ON VIEW staging.moved_games IS 'Games of MLB''s schedule that moved (day, start, number in a double-header, park), with the instant at which their present place became known.';

COMMENT ON TABLE curated.champions IS 'Who was champion since when. A decision is priced with the model that reigned at its instant, so that a day run again is priced as it was; decisions from before the first row with the newest model whose cutoff is not after them. The newest row prices today and later.';
