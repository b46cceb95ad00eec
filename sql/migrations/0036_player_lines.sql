-- Lines of every batter and pitcher, and the fielding positions of the starting nine.
-- depends: 0019_column_comments

CREATE TABLE staging.batter_lines (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    side VARCHAR(4) NOT NULL CHECK (side IN ('home', 'away')),
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    player_id VARCHAR(20) NOT NULL,
    slot SMALLINT CHECK (slot BETWEEN 1 AND 9),
    started BOOLEAN,
    plate_appearances SMALLINT NOT NULL,
    at_bats SMALLINT NOT NULL,
    hits SMALLINT NOT NULL,
    doubles SMALLINT NOT NULL,
    triples SMALLINT NOT NULL,
    home_runs SMALLINT NOT NULL,
    walks SMALLINT NOT NULL,
    intentional_walks SMALLINT,
    hit_by_pitch SMALLINT,
    strikeouts SMALLINT NOT NULL,
    sacrifice_bunts SMALLINT,
    sacrifice_flies SMALLINT,
    reached_on_error SMALLINT,
    PRIMARY KEY (source, source_game_id, side, known_at, player_id)
);
COMMENT ON TABLE staging.batter_lines IS 'Box-score line of each player who batted; the lines of one side and known_at are complete.';

CREATE TABLE staging.pitcher_lines (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    side VARCHAR(4) NOT NULL CHECK (side IN ('home', 'away')),
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    player_id VARCHAR(20) NOT NULL,
    appearance SMALLINT NOT NULL CHECK (appearance > 0),
    batters_faced SMALLINT NOT NULL,
    outs SMALLINT NOT NULL,
    hits SMALLINT NOT NULL,
    doubles SMALLINT NOT NULL,
    triples SMALLINT NOT NULL,
    home_runs SMALLINT NOT NULL,
    earned_runs SMALLINT NOT NULL,
    walks SMALLINT NOT NULL,
    intentional_walks SMALLINT,
    hit_batters SMALLINT,
    strikeouts SMALLINT NOT NULL,
    pitches SMALLINT,
    ground_balls SMALLINT,
    fly_balls SMALLINT,
    line_drives SMALLINT,
    pop_ups SMALLINT,
    PRIMARY KEY (source, source_game_id, side, known_at, player_id)
);
COMMENT ON TABLE staging.pitcher_lines IS 'Box-score line of each pitching appearance; the lines of one side and known_at are complete.';

CREATE TABLE staging.lineup_positions (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    side VARCHAR(4) NOT NULL CHECK (side IN ('home', 'away')),
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    positions SMALLINT[] NOT NULL CHECK (array_length(positions, 1) = 9),
    PRIMARY KEY (source, source_game_id, side, known_at)
);
COMMENT ON TABLE staging.lineup_positions IS 'Fielding positions of the starting nine, in batting order.';

COMMENT ON COLUMN staging.batter_lines.source IS 'Source that reported the row, by its key in the catalog of sources.';
COMMENT ON COLUMN staging.batter_lines.source_game_id IS 'The source''s own id of the game.';
COMMENT ON COLUMN staging.batter_lines.side IS 'Home or away: the team that the row is about.';
COMMENT ON COLUMN staging.batter_lines.known_at IS 'Instant (UTC) from which the fact may be used.';
COMMENT ON COLUMN staging.batter_lines.assumed IS 'Whether known_at was set by a rule because no source stamped it.';
COMMENT ON COLUMN staging.pitcher_lines.source IS 'Source that reported the row, by its key in the catalog of sources.';
COMMENT ON COLUMN staging.pitcher_lines.source_game_id IS 'The source''s own id of the game.';
COMMENT ON COLUMN staging.pitcher_lines.side IS 'Home or away: the team that the row is about.';
COMMENT ON COLUMN staging.pitcher_lines.known_at IS 'Instant (UTC) from which the fact may be used.';
COMMENT ON COLUMN staging.pitcher_lines.assumed IS 'Whether known_at was set by a rule because no source stamped it.';
COMMENT ON COLUMN staging.lineup_positions.source IS 'Source that reported the row, by its key in the catalog of sources.';
COMMENT ON COLUMN staging.lineup_positions.source_game_id IS 'The source''s own id of the game.';
COMMENT ON COLUMN staging.lineup_positions.side IS 'Home or away: the team that the row is about.';
COMMENT ON COLUMN staging.lineup_positions.known_at IS 'Instant (UTC) from which the fact may be used.';
COMMENT ON COLUMN staging.lineup_positions.assumed IS 'Whether known_at was set by a rule because no source stamped it.';
COMMENT ON COLUMN staging.batter_lines.player_id IS 'The batter, staging.people.player_id.';
COMMENT ON COLUMN staging.batter_lines.slot IS 'Place in the batting order, 1 to 9; NULL where unknown.';
COMMENT ON COLUMN staging.batter_lines.started IS 'Whether the player was in the starting nine; NULL where unknown.';
COMMENT ON COLUMN staging.batter_lines.plate_appearances IS 'Plate appearances.';
COMMENT ON COLUMN staging.batter_lines.at_bats IS 'At-bats.';
COMMENT ON COLUMN staging.batter_lines.hits IS 'Hits.';
COMMENT ON COLUMN staging.batter_lines.doubles IS 'Doubles.';
COMMENT ON COLUMN staging.batter_lines.triples IS 'Triples.';
COMMENT ON COLUMN staging.batter_lines.home_runs IS 'Home runs.';
COMMENT ON COLUMN staging.batter_lines.walks IS 'Walks, intentional ones included.';
COMMENT ON COLUMN staging.batter_lines.intentional_walks IS 'Intentional walks; NULL where not recorded.';
COMMENT ON COLUMN staging.batter_lines.hit_by_pitch IS 'Times hit by a pitch; NULL where not recorded.';
COMMENT ON COLUMN staging.batter_lines.strikeouts IS 'Strikeouts.';
COMMENT ON COLUMN staging.batter_lines.sacrifice_bunts IS 'Sacrifice bunts; NULL where not recorded.';
COMMENT ON COLUMN staging.batter_lines.sacrifice_flies IS 'Sacrifice flies; NULL where not recorded.';
COMMENT ON COLUMN staging.batter_lines.reached_on_error IS 'Times on base by an error; NULL where not recorded.';
COMMENT ON COLUMN staging.pitcher_lines.player_id IS 'The pitcher, staging.people.player_id.';
COMMENT ON COLUMN staging.pitcher_lines.appearance IS 'Order of appearance on the side; 1 is the starter.';
COMMENT ON COLUMN staging.pitcher_lines.batters_faced IS 'Batters faced.';
COMMENT ON COLUMN staging.pitcher_lines.outs IS 'Outs recorded.';
COMMENT ON COLUMN staging.pitcher_lines.hits IS 'Hits allowed.';
COMMENT ON COLUMN staging.pitcher_lines.doubles IS 'Doubles allowed.';
COMMENT ON COLUMN staging.pitcher_lines.triples IS 'Triples allowed.';
COMMENT ON COLUMN staging.pitcher_lines.home_runs IS 'Home runs allowed.';
COMMENT ON COLUMN staging.pitcher_lines.earned_runs IS 'Earned runs allowed.';
COMMENT ON COLUMN staging.pitcher_lines.walks IS 'Walks allowed, intentional ones included.';
COMMENT ON COLUMN staging.pitcher_lines.intentional_walks IS 'Intentional walks; NULL where not recorded.';
COMMENT ON COLUMN staging.pitcher_lines.hit_batters IS 'Batters hit by a pitch; NULL where not recorded.';
COMMENT ON COLUMN staging.pitcher_lines.strikeouts IS 'Strikeouts.';
COMMENT ON COLUMN staging.pitcher_lines.pitches IS 'Pitches thrown; NULL where not recorded.';
COMMENT ON COLUMN staging.pitcher_lines.ground_balls IS 'Ground balls; NULL where batted balls are not classified.';
COMMENT ON COLUMN staging.pitcher_lines.fly_balls IS 'Fly balls; NULL where batted balls are not classified.';
COMMENT ON COLUMN staging.pitcher_lines.line_drives IS 'Line drives; NULL where batted balls are not classified.';
COMMENT ON COLUMN staging.pitcher_lines.pop_ups IS 'Pop-ups; NULL where batted balls are not classified.';
COMMENT ON COLUMN staging.lineup_positions.positions IS 'Position of each batter in batting order: 1 pitcher, 2 catcher to 9 right field, 10 designated hitter.';

-- Catalogs of ids may know a player without his name.
ALTER TABLE staging.people ALTER COLUMN full_name DROP NOT NULL;
