-- unlinked_listings.sql: which listings of a source, of any day, are linked to no game of ours?
-- :source
SELECT g.source_game_id
FROM staging.source_games AS g
WHERE g.source = %(source)s
    AND NOT EXISTS (
        SELECT 1
        FROM curated.game_identity AS i
        WHERE i.source = g.source AND i.source_game_id = g.source_game_id
    );
