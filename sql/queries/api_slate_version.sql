-- api_slate_version.sql: has anything of a day's slate changed? One row a game: a digest of its rows' places and writers.
-- A row that is updated gets a new ctid and xmin, by any program and whether or not the table has an updated_at. Of the
-- forecasts the newest of each model alone, with their recommendations: what the slate shows.
-- :day official date. 1 ms for 15 games; no row's content is read.
SELECT
    g.id AS game_id,
    MD5(CONCAT_WS(',', e.ctid::TEXT || e.xmin::TEXT, c.ctid::TEXT || c.xmin::TEXT, n.version)) AS version
FROM curated.resolved_games AS g
JOIN curated.enhanced_games AS e ON e.id = g.id
LEFT JOIN curated.game_corrections AS c ON c.game_id = g.id
CROSS JOIN LATERAL (
    SELECT STRING_AGG(CONCAT_WS(',', p.ctid::TEXT || p.xmin::TEXT, r.version), ',' ORDER BY p.id) AS version
    FROM curated.newest_predictions(g.id, %(game_models)s::TEXT[]) AS n
    JOIN curated.ml_predictions AS p ON p.id = n.id
    CROSS JOIN LATERAL (
        SELECT STRING_AGG(r.ctid::TEXT || r.xmin::TEXT, ',' ORDER BY r.market_type, r.side) AS version
        FROM curated.ml_recommendations AS r
        WHERE r.prediction_id = p.id
    ) AS r
) AS n
WHERE g.game_date = %(day)s
ORDER BY g.id;
