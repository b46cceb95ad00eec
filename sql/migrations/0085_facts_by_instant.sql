-- Facts by the instant at which they were known: a checkpoint of features is valid while no fact of its days came later,
-- which read every fact of every season at each decision. Most facts of a day share an instant, so that the indexes are small.
-- depends: 0036_player_lines

CREATE INDEX game_results_by_instant ON staging.game_results (known_at);
CREATE INDEX game_conditions_by_instant ON staging.game_conditions (known_at);
CREATE INDEX lineups_by_instant ON staging.lineups (known_at);
CREATE INDEX starter_lines_by_instant ON staging.starter_lines (known_at);
CREATE INDEX bullpen_lines_by_instant ON staging.bullpen_lines (known_at);
CREATE INDEX team_lines_by_instant ON staging.team_lines (known_at);
CREATE INDEX batter_lines_by_instant ON staging.batter_lines (known_at);
CREATE INDEX pitcher_lines_by_instant ON staging.pitcher_lines (known_at);
CREATE INDEX lineup_positions_by_instant ON staging.lineup_positions (known_at);
