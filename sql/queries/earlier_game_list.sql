-- earlier_game_list.sql: which games have player lines, and are older than the first season with games?
-- A temporary table of one row per game, gone with the transaction. %(source)s
CREATE TEMPORARY TABLE earlier_games ON COMMIT DROP AS
SELECT
    ROW_NUMBER() OVER (ORDER BY source_game_id) AS game_id, source, source_game_id,
    SUBSTRING(source_game_id FROM 4 FOR 4)::INTEGER AS season
FROM (
    SELECT DISTINCT source, source_game_id
    FROM staging.pitcher_lines
    WHERE source = %(source)s
        AND known_at < (SELECT MAKE_DATE(MIN(season)::INTEGER, 1, 1) FROM curated.resolved_games)
) AS lined
WHERE NOT EXISTS (
    SELECT FROM staging.source_games AS g WHERE (g.source, g.source_game_id) = (lined.source, lined.source_game_id)
);
