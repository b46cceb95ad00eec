-- api_slate_version.sql: has anything of a day's slate changed? One row a game: a digest of its rows' places and writers.
-- A row that is updated gets a new ctid and xmin, by any program and whether or not the table has an updated_at.
-- :day official date. 1 ms for 15 games; no row's content is read.
SELECT
    g.id AS game_id,
    MD5(CONCAT_WS(
        ',',
        e.ctid::TEXT || e.xmin::TEXT,
        c.ctid::TEXT || c.xmin::TEXT,
        (
            SELECT STRING_AGG(p.ctid::TEXT || p.xmin::TEXT, ',' ORDER BY p.id)
            FROM curated.ml_predictions AS p
            WHERE p.game_id = g.id
        ),
        (
            SELECT STRING_AGG(r.ctid::TEXT || r.xmin::TEXT, ',' ORDER BY r.prediction_id, r.market_type, r.side)
            FROM curated.ml_recommendations AS r
            WHERE r.game_id = g.id
        )
    )) AS version
FROM curated.resolved_games AS g
JOIN curated.enhanced_games AS e ON e.id = g.id
LEFT JOIN curated.game_corrections AS c ON c.game_id = g.id
WHERE g.game_date = %(day)s
ORDER BY g.id;
