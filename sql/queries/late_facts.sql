-- late_facts.sql: which is the first day about which something became known after a checkpoint was taken?
-- One row with that day, or NULL: then the checkpoint is still valid.
-- :day of the checkpoint, :batch_instant at which its last results entered, :as_of of the decision.
-- Each table by its index on known_at, each game once: what became known since is read, whatever the tables hold.
SELECT MIN(g.game_date)
FROM (
    SELECT source, source_game_id FROM staging.game_results WHERE known_at > %(batch_instant)s AND known_at <= %(as_of)s
    UNION
    SELECT source, source_game_id FROM staging.game_conditions WHERE known_at > %(batch_instant)s AND known_at <= %(as_of)s
    UNION
    SELECT source, source_game_id FROM staging.lineups WHERE known_at > %(batch_instant)s AND known_at <= %(as_of)s
    UNION
    SELECT source, source_game_id FROM staging.starter_lines WHERE known_at > %(batch_instant)s AND known_at <= %(as_of)s
    UNION
    SELECT source, source_game_id FROM staging.bullpen_lines WHERE known_at > %(batch_instant)s AND known_at <= %(as_of)s
    UNION
    SELECT source, source_game_id FROM staging.team_lines WHERE known_at > %(batch_instant)s AND known_at <= %(as_of)s
    UNION
    SELECT source, source_game_id FROM staging.batter_lines WHERE known_at > %(batch_instant)s AND known_at <= %(as_of)s
    UNION
    SELECT source, source_game_id FROM staging.pitcher_lines WHERE known_at > %(batch_instant)s AND known_at <= %(as_of)s
    UNION
    SELECT source, source_game_id FROM staging.lineup_positions WHERE known_at > %(batch_instant)s AND known_at <= %(as_of)s
) AS fact
-- A fence: without statistics the listings of all days are read.
CROSS JOIN LATERAL (
    SELECT game_date FROM staging.source_games WHERE source = fact.source AND source_game_id = fact.source_game_id OFFSET 0
) AS g
WHERE g.game_date <= %(day)s;
