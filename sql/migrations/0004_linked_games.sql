-- How sources are believed, and games with their sources' records side by side.
-- depends: 0002_pipeline_tables

CREATE FUNCTION staging.source_rank(source VARCHAR) RETURNS SMALLINT LANGUAGE SQL IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE source
        WHEN 'mlb_stats_api' THEN 1
        WHEN 'history_bundle' THEN 2
        WHEN 'retrosheet' THEN 3
        WHEN 'sbro' THEN 4
        ELSE 5
    END::SMALLINT
$$;
COMMENT ON FUNCTION staging.source_rank IS 'Which source is believed first; identity/game_record.py has the same order.';

CREATE VIEW staging.linked_games AS
SELECT
    i.game_id,
    i.source,
    i.source_game_id,
    staging.source_rank(i.source) AS rank,
    g.home_team <> e.home_team AS reversed,
    i.confidence,
    g.game_pk
FROM curated.game_identity AS i
JOIN staging.source_games AS g USING (source, source_game_id)
JOIN curated.enhanced_games AS e ON e.id = i.game_id;
COMMENT ON VIEW staging.linked_games IS 'Records with their game. reversed: the record''s home club is the game''s visitor (a club at home in another''s park), so its sides change places.';

-- A starter's earned-run average on a day reads his lines of that season, not the season.
CREATE INDEX starter_lines_by_player ON staging.starter_lines (player_id, known_at) INCLUDE (outs, earned_runs);
