-- late_facts.sql: which is the first day about which something became known after a checkpoint was taken?
-- One row with that day, or NULL: then the checkpoint is still valid.
-- :day of the checkpoint, :batch_instant at which its last results entered, :as_of of the decision.
SELECT min(g.game_date)
FROM (
    SELECT source, source_game_id, known_at FROM staging.game_results
    UNION ALL
    SELECT source, source_game_id, known_at FROM staging.game_conditions
    UNION ALL
    SELECT source, source_game_id, known_at FROM staging.lineups
    UNION ALL
    SELECT source, source_game_id, known_at FROM staging.starter_lines
    UNION ALL
    SELECT source, source_game_id, known_at FROM staging.bullpen_lines
    UNION ALL
    SELECT source, source_game_id, known_at FROM staging.team_lines
    UNION ALL
    SELECT source, source_game_id, known_at FROM staging.batter_lines
    UNION ALL
    SELECT source, source_game_id, known_at FROM staging.pitcher_lines
    UNION ALL
    SELECT source, source_game_id, known_at FROM staging.lineup_positions
) AS fact
INNER JOIN staging.source_games AS g USING (source, source_game_id)
WHERE fact.known_at > %(batch_instant)s
    AND fact.known_at <= %(as_of)s
    AND g.game_date <= %(day)s;
