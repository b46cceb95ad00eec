-- quotes_ahead.sql: which games have quotes that are stamped later than :now?
-- One row a game, with the first of these stamps: what it changes may be priced from then on.
-- :first, :last  official dates, both included; :games  ids, only these of them, NULL means all; :quotes_from,
-- :quotes_until  the months of their quotes.
SELECT l.game_id, MIN(q.stamp) AS stamp
FROM curated.resolved_games AS e
-- A fence: where the days are taken for many, the links of all games are read in their order.
CROSS JOIN LATERAL (SELECT * FROM staging.linked_games WHERE game_id = e.id AND rank > 4 OFFSET 0) AS l
CROSS JOIN LATERAL (
    SELECT GREATEST(h.updated_at, h.data_collection_time) AS stamp
    FROM staging.action_network_odds_historical AS h
    WHERE l.source = 'action_network' AND h.external_game_id = l.source_game_id
    UNION ALL
    SELECT GREATEST(s.updated_at, s.captured_at)
    FROM staging.source_quotes AS s
    WHERE s.source_game_id = l.source_game_id AND s.source = l.source
        AND s.updated_at >= %(quotes_from)s::TIMESTAMPTZ AND s.updated_at < %(quotes_until)s::TIMESTAMPTZ
) AS q
WHERE e.game_date BETWEEN %(first)s AND %(last)s
    AND (%(games)s::INTEGER[] IS NULL OR e.id = ANY(%(games)s::INTEGER[]))
    AND q.stamp > %(now)s
GROUP BY l.game_id;
