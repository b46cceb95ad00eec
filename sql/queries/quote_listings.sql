-- quote_listings.sql: which records have the quotes of these games, and in which months?
-- One row a game, instant and record that a source of odds or an archive has of it. quotes_from, quotes_until: the months
-- (UTC) of its rows in the tables that are divided by months, NULL where it has none there.
-- :game_ids, :instants  arrays of equal length.
WITH decisions AS MATERIALIZED (
    SELECT DISTINCT
        d.game_id, d.as_of, COALESCE(t.first_pitch, e.game_datetime) AS first_pitch,
        LEAST(d.as_of, COALESCE(t.first_pitch, e.game_datetime)) AS instant
    FROM UNNEST(%(game_ids)s::INTEGER[], %(instants)s::TIMESTAMPTZ[]) AS d (game_id, as_of)
    CROSS JOIN LATERAL (SELECT game_datetime FROM curated.resolved_games WHERE id = d.game_id OFFSET 0) AS e
    LEFT JOIN curated.game_details AS t ON t.game_id = d.game_id
)
SELECT d.game_id, d.as_of, d.first_pitch, d.instant, l.source, l.source_game_id, l.reversed, l.rank,
    k.quotes_from, k.quotes_until
FROM decisions AS d
CROSS JOIN LATERAL (SELECT * FROM staging.linked_games WHERE game_id = d.game_id AND rank > 1 OFFSET 0) AS l
LEFT JOIN LATERAL (
    SELECT s.quotes_from, s.quotes_until
    FROM staging.quote_spans AS s
    WHERE s.source_game_id = l.source_game_id AND s.source = l.source
    OFFSET 0
) AS k ON TRUE
ORDER BY d.game_id, d.as_of, l.rank, l.source COLLATE "C", l.source_game_id COLLATE "C";
