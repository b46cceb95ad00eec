-- Tables of this pipeline beside the adopted ones: what the adopted tables cannot hold.
-- Every fact carries known_at (the instant it became knowable) and assumed (true where a rule, not a stamp, gave it).
-- depends: 0001_adopted_tables

CREATE TABLE staging.source_games (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    game_pk BIGINT,
    game_date DATE NOT NULL,
    season INTEGER NOT NULL,
    season_type VARCHAR(20) NOT NULL CHECK (season_type IN ('regular', 'postseason', 'spring')),
    home_team VARCHAR(10) NOT NULL,
    away_team VARCHAR(10) NOT NULL,
    game_number SMALLINT NOT NULL DEFAULT 1,
    doubleheader CHAR(1) NOT NULL DEFAULT 'N' CHECK (doubleheader IN ('N', 'Y', 'S')),
    away_rotation INTEGER,
    scheduled_start TIMESTAMPTZ NOT NULL,
    start_assumed BOOLEAN NOT NULL DEFAULT FALSE,
    status VARCHAR(20) NOT NULL
        CHECK (status IN ('scheduled', 'live', 'final', 'postponed', 'cancelled', 'suspended')),
    status_detail VARCHAR(60),
    park_id VARCHAR(10),
    venue_name VARCHAR(200),
    day_night CHAR(1) CHECK (day_night IN ('D', 'N')),
    neutral_site BOOLEAN NOT NULL DEFAULT FALSE,
    scheduled_innings SMALLINT NOT NULL DEFAULT 9,
    captured_at TIMESTAMPTZ NOT NULL,
    payload_id BIGINT,
    content_hash CHAR(64) NOT NULL,
    CHECK (home_team <> away_team),
    PRIMARY KEY (source, source_game_id)
);
CREATE INDEX source_games_by_date ON staging.source_games (game_date, source);
CREATE INDEX source_games_by_game_pk ON staging.source_games (game_pk) WHERE game_pk IS NOT NULL;
COMMENT ON TABLE staging.source_games IS 'A game as one source tells it, current state; its moves are in staging.game_status_history.';

CREATE TABLE staging.game_status_history (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    captured_at TIMESTAMPTZ NOT NULL,
    status VARCHAR(20) NOT NULL,
    status_detail VARCHAR(60),
    game_date DATE NOT NULL,
    scheduled_start TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (source, source_game_id, captured_at)
);

CREATE TABLE staging.game_results (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    home_score SMALLINT NOT NULL CHECK (home_score >= 0),
    away_score SMALLINT NOT NULL CHECK (away_score >= 0),
    innings SMALLINT,
    home_line_score VARCHAR(60),
    away_line_score VARCHAR(60),
    suspended BOOLEAN NOT NULL DEFAULT FALSE,
    home_bats_first BOOLEAN NOT NULL DEFAULT FALSE,
    first_pitch TIMESTAMPTZ,
    home_starter_id VARCHAR(20),
    home_starter_name VARCHAR(100),
    away_starter_id VARCHAR(20),
    away_starter_name VARCHAR(100),
    PRIMARY KEY (source, source_game_id, known_at)
);

CREATE TABLE staging.game_conditions (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    temperature_fahrenheit SMALLINT,
    wind_speed_mph SMALLINT,
    wind_direction VARCHAR(20),
    sky VARCHAR(30),
    precipitation VARCHAR(30),
    roof_closed BOOLEAN,
    umpire_id VARCHAR(20),
    umpire_name VARCHAR(100),
    PRIMARY KEY (source, source_game_id, known_at)
);

CREATE TABLE staging.probable_starters (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    side VARCHAR(4) NOT NULL CHECK (side IN ('home', 'away')),
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    player_id VARCHAR(20),
    player_name VARCHAR(100),
    PRIMARY KEY (source, source_game_id, side, known_at)
);
COMMENT ON COLUMN staging.probable_starters.player_id IS 'NULL: the listing was withdrawn at known_at.';

CREATE TABLE staging.lineups (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    side VARCHAR(4) NOT NULL CHECK (side IN ('home', 'away')),
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    batters VARCHAR(20)[] NOT NULL CHECK (array_length(batters, 1) = 9),
    PRIMARY KEY (source, source_game_id, side, known_at)
);

CREATE TABLE staging.starter_lines (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    side VARCHAR(4) NOT NULL CHECK (side IN ('home', 'away')),
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    player_id VARCHAR(20) NOT NULL,
    outs SMALLINT NOT NULL,
    batters_faced SMALLINT,
    hits SMALLINT NOT NULL,
    runs SMALLINT NOT NULL,
    earned_runs SMALLINT NOT NULL,
    walks SMALLINT NOT NULL,
    hit_batters SMALLINT,
    strikeouts SMALLINT NOT NULL,
    home_runs SMALLINT NOT NULL,
    pitches SMALLINT,
    ground_outs SMALLINT,
    air_outs SMALLINT,
    PRIMARY KEY (source, source_game_id, side, known_at)
);

CREATE TABLE staging.bullpen_lines (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    side VARCHAR(4) NOT NULL CHECK (side IN ('home', 'away')),
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    outs SMALLINT NOT NULL,
    hits SMALLINT NOT NULL,
    earned_runs SMALLINT NOT NULL,
    walks SMALLINT NOT NULL,
    strikeouts SMALLINT NOT NULL,
    home_runs SMALLINT NOT NULL,
    PRIMARY KEY (source, source_game_id, side, known_at)
);

CREATE TABLE staging.team_lines (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    side VARCHAR(4) NOT NULL CHECK (side IN ('home', 'away')),
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    at_bats SMALLINT NOT NULL,
    runs SMALLINT NOT NULL,
    hits SMALLINT NOT NULL,
    doubles SMALLINT NOT NULL,
    triples SMALLINT NOT NULL,
    home_runs SMALLINT NOT NULL,
    walks SMALLINT NOT NULL,
    strikeouts SMALLINT NOT NULL,
    stolen_bases SMALLINT,
    errors SMALLINT,
    PRIMARY KEY (source, source_game_id, side, known_at)
);

CREATE TABLE staging.people (
    player_id VARCHAR(20) PRIMARY KEY,
    mlbam_id INTEGER UNIQUE,
    retrosheet_id VARCHAR(8) UNIQUE,
    full_name VARCHAR(100) NOT NULL,
    bats CHAR(1) CHECK (bats IN ('L', 'R', 'B')),
    throws CHAR(1) CHECK (throws IN ('L', 'R', 'B')),
    birth_date DATE,
    debut DATE
);
COMMENT ON COLUMN staging.people.player_id IS 'MLBAM id as text; the Retrosheet id where MLBAM has none.';

CREATE TABLE staging.book_catalogue (
    source VARCHAR(30) NOT NULL,
    book_id VARCHAR(60) NOT NULL,
    book_name VARCHAR(100) NOT NULL,
    book_kind VARCHAR(12) NOT NULL CHECK (book_kind IN ('book', 'exchange', 'consensus', 'opener', 'archive')),
    bettable BOOLEAN NOT NULL,
    parent_book VARCHAR(60),
    valid_from DATE NOT NULL DEFAULT '1900-01-01',
    valid_to DATE NOT NULL DEFAULT '9999-12-31',
    PRIMARY KEY (source, book_id, valid_from)
);
COMMENT ON COLUMN staging.book_catalogue.parent_book IS 'One operator over its state licences, e.g. draftkings; caps and outages are by operator.';

CREATE TABLE staging.archive_quotes (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    feed VARCHAR(40) NOT NULL,
    book VARCHAR(60) NOT NULL,
    quote_kind VARCHAR(5) NOT NULL CHECK (quote_kind IN ('open', 'close', 'tick')),
    market_type VARCHAR(20) NOT NULL CHECK (market_type IN ('moneyline', 'spread', 'total')),
    side VARCHAR(10) NOT NULL CHECK (side IN ('home', 'away', 'over', 'under')),
    odds INTEGER NOT NULL CHECK (odds <= -100 OR odds >= 100),
    line_value NUMERIC(4, 1),
    updated_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    is_primary BOOLEAN NOT NULL,
    synthetic BOOLEAN NOT NULL DEFAULT FALSE,
    CHECK ((market_type = 'total') = (side IN ('over', 'under'))),
    CHECK ((market_type = 'moneyline') = (line_value IS NULL)),
    PRIMARY KEY (source_game_id, source, feed, book, quote_kind, market_type, side, updated_at)
);
COMMENT ON COLUMN staging.archive_quotes.quote_kind IS 'tick: one price change of a change log, standing until the next; open, close: the two ends an archive kept.';
COMMENT ON COLUMN staging.archive_quotes.synthetic IS 'Price computed by the archive, not quoted: sbro underdogs before 2019.';

CREATE TABLE staging.source_quotes (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    book_id VARCHAR(60) NOT NULL,
    market_type VARCHAR(20) NOT NULL CHECK (market_type IN ('moneyline', 'spread', 'total')),
    side VARCHAR(10) NOT NULL CHECK (side IN ('home', 'away', 'over', 'under')),
    updated_at TIMESTAMPTZ NOT NULL,
    odds INTEGER NOT NULL CHECK (odds <= -100 OR odds >= 100),
    line_value NUMERIC(4, 1),
    captured_at TIMESTAMPTZ NOT NULL,
    line_status VARCHAR(50),
    payload_id BIGINT,
    CHECK ((market_type = 'total') = (side IN ('over', 'under'))),
    CHECK ((market_type = 'moneyline') = (line_value IS NULL)),
    PRIMARY KEY (source_game_id, source, book_id, market_type, side, updated_at)
);
COMMENT ON TABLE staging.source_quotes IS 'Price changes of every live source but Action Network, which has its own adopted table; same grain.';

CREATE TABLE staging.quote_sightings (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    book_id VARCHAR(60) NOT NULL,
    market_type VARCHAR(20) NOT NULL,
    first_seen_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    last_pulled_at TIMESTAMPTZ,
    PRIMARY KEY (source_game_id, source, book_id, market_type)
);
COMMENT ON TABLE staging.quote_sightings IS 'When a two-sided market was last on offer in a payload: the age of a close counts from here. last_pulled_at: latest payload that had the book or game but not the market.';

CREATE TABLE staging.source_splits (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    book_id VARCHAR(60) NOT NULL,
    market_type VARCHAR(20) NOT NULL CHECK (market_type IN ('moneyline', 'spread', 'total')),
    captured_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ,
    tickets_home_or_over NUMERIC(5, 2) CHECK (tickets_home_or_over BETWEEN 0 AND 100),
    tickets_away_or_under NUMERIC(5, 2) CHECK (tickets_away_or_under BETWEEN 0 AND 100),
    money_home_or_over NUMERIC(5, 2) CHECK (money_home_or_over BETWEEN 0 AND 100),
    money_away_or_under NUMERIC(5, 2) CHECK (money_away_or_under BETWEEN 0 AND 100),
    ticket_count BIGINT,
    payload_id BIGINT,
    PRIMARY KEY (source_game_id, source, book_id, market_type, captured_at)
);
COMMENT ON TABLE staging.source_splits IS 'Every split as captured, closing ones included, which curated.unified_betting_splits cannot hold (its 60-minute CHECK).';

CREATE TABLE raw_data.payload_receipts (
    id BIGSERIAL PRIMARY KEY,
    source VARCHAR(30) NOT NULL,
    endpoint TEXT NOT NULL,
    response_status INTEGER NOT NULL,
    content_sha256 CHAR(64) NOT NULL,
    content_bytes BIGINT NOT NULL,
    captured_at TIMESTAMPTZ NOT NULL,
    last_seen_at TIMESTAMPTZ NOT NULL,
    times_seen INTEGER NOT NULL DEFAULT 1,
    etag TEXT,
    body BYTEA,
    landed_in VARCHAR(100),
    landed_id BIGINT,
    parsed_at TIMESTAMPTZ,
    UNIQUE (source, endpoint, content_sha256)
);
COMMENT ON TABLE raw_data.payload_receipts IS 'Every response that came in, once per content: body is gzip; landed_in/landed_id name the row of the adopted landing table, if one fits.';
CREATE INDEX payload_receipts_by_capture ON raw_data.payload_receipts (source, captured_at);

CREATE TABLE raw_data.quarantine (
    id BIGSERIAL PRIMARY KEY,
    source VARCHAR(30) NOT NULL,
    reason VARCHAR(60) NOT NULL,
    detail TEXT NOT NULL,
    source_game_id VARCHAR(100),
    game_date DATE,
    record JSONB NOT NULL,
    record_sha256 CHAR(64) NOT NULL,
    payload_id BIGINT REFERENCES raw_data.payload_receipts (id),
    quarantined_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    released_at TIMESTAMPTZ,
    UNIQUE (source, reason, record_sha256)
);

CREATE TABLE curated.game_identity (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    game_id INTEGER NOT NULL REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    confidence NUMERIC(3, 2) NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    method VARCHAR(40) NOT NULL,
    evidence JSONB NOT NULL,
    linked_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (source, source_game_id)
);
CREATE INDEX game_identity_by_game ON curated.game_identity (game_id, source) INCLUDE (source_game_id);

CREATE TABLE curated.game_details (
    game_id INTEGER PRIMARY KEY REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    park_id VARCHAR(10),
    day_night CHAR(1),
    neutral_site BOOLEAN NOT NULL,
    doubleheader CHAR(1) NOT NULL,
    scheduled_innings SMALLINT NOT NULL,
    start_assumed BOOLEAN NOT NULL,
    first_pitch TIMESTAMPTZ,
    innings SMALLINT,
    suspended BOOLEAN NOT NULL,
    home_bats_first BOOLEAN NOT NULL,
    home_starter_id VARCHAR(20),
    away_starter_id VARCHAR(20),
    umpire_id VARCHAR(20),
    result_known_at TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE curated.game_details IS 'What curated.enhanced_games has no column for; one row beside each of its rows. Starters here are the actual ones: after the fact.';

CREATE TABLE curated.market_lines (
    game_id INTEGER NOT NULL REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    stage VARCHAR(6) NOT NULL CHECK (stage IN ('open', 'lineup', 'close')),
    market_type VARCHAR(20) NOT NULL CHECK (market_type IN ('moneyline', 'spread', 'total')),
    book VARCHAR(100) NOT NULL,
    books SMALLINT NOT NULL CHECK (books >= 1),
    home_or_over_odds INTEGER NOT NULL,
    away_or_under_odds INTEGER NOT NULL,
    line_value NUMERIC(4, 1),
    fair_probability DOUBLE PRECISION NOT NULL CHECK (fair_probability > 0 AND fair_probability < 1),
    overround DOUBLE PRECISION NOT NULL,
    quoted_at TIMESTAMPTZ NOT NULL,
    known_at TIMESTAMPTZ NOT NULL,
    assumed BOOLEAN NOT NULL,
    price_stage VARCHAR(6) NOT NULL,
    CHECK ((market_type = 'moneyline') = (line_value IS NULL)),
    PRIMARY KEY (game_id, stage, market_type)
);
COMMENT ON TABLE curated.market_lines IS 'What the market said at each stage of a game: one two-sided price of one book or archive feed, or the median no-vig consensus with the book nearest to it. fair_probability: Shin, of home (moneyline, spread) or over. spread line_value is the home side''s. price_stage: the stage whose price stands in, e.g. open where an archive has no price at lineup.';

CREATE TABLE curated.game_models (
    model_version VARCHAR(20) PRIMARY KEY,
    month DATE NOT NULL CHECK (EXTRACT(DAY FROM month) = 1),
    cutoff TIMESTAMPTZ NOT NULL,
    mlflow_experiment_id VARCHAR(100) NOT NULL,
    mlflow_run_id VARCHAR(100) NOT NULL,
    target_runs JSONB NOT NULL,
    registered_version INTEGER,
    model_uri TEXT NOT NULL,
    feature_version VARCHAR(20) NOT NULL,
    training_games INTEGER NOT NULL,
    training_data_hash CHAR(64) NOT NULL,
    config_hash CHAR(64) NOT NULL,
    trained_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE curated.game_models IS 'Which model may be used from which instant on: cutoff is noon Eastern two days before the month begins.';

CREATE TABLE curated.ml_recommendations (
    prediction_id BIGINT NOT NULL REFERENCES curated.ml_predictions (id) ON DELETE CASCADE,
    game_id INTEGER NOT NULL REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    stage VARCHAR(6) NOT NULL CHECK (stage IN ('open', 'lineup')),
    market_type VARCHAR(20) NOT NULL CHECK (market_type IN ('moneyline', 'spread', 'total')),
    side VARCHAR(10) NOT NULL CHECK (side IN ('home', 'away', 'over', 'under')),
    book VARCHAR(100),
    archive_price BOOLEAN NOT NULL DEFAULT FALSE,
    odds INTEGER,
    line_value NUMERIC(4, 1),
    quoted_at TIMESTAMPTZ,
    blind_probability DOUBLE PRECISION,
    memory_probability DOUBLE PRECISION,
    model_probability DOUBLE PRECISION,
    market_probability DOUBLE PRECISION,
    final_probability DOUBLE PRECISION NOT NULL CHECK (final_probability BETWEEN 0 AND 1),
    probability_low DOUBLE PRECISION,
    probability_high DOUBLE PRECISION,
    push_probability DOUBLE PRECISION NOT NULL CHECK (push_probability BETWEEN 0 AND 1),
    expected_close_probability DOUBLE PRECISION,
    expected_value DOUBLE PRECISION,
    minimum_odds INTEGER,
    kelly_single DOUBLE PRECISION,
    kelly_slate DOUBLE PRECISION,
    kelly_fractional DOUBLE PRECISION,
    kelly_steps JSONB NOT NULL DEFAULT '{}',
    stake DOUBLE PRECISION NOT NULL DEFAULT 0 CHECK (stake BETWEEN 0 AND 0.25),
    no_bet_reason VARCHAR(60),
    home_starter_id VARCHAR(20),
    away_starter_id VARCHAR(20),
    decided_at TIMESTAMPTZ NOT NULL,
    result VARCHAR(10) CHECK (result IN ('win', 'loss', 'push', 'half_win', 'half_loss', 'void')),
    settlement_rule VARCHAR(60),
    profit DOUBLE PRECISION,
    settled_at TIMESTAMPTZ,
    closing_book VARCHAR(100),
    closing_odds INTEGER,
    closing_line NUMERIC(4, 1),
    closing_probability DOUBLE PRECISION,
    clv_expected_value DOUBLE PRECISION,
    clv_probability DOUBLE PRECISION,
    clv_price DOUBLE PRECISION,
    PRIMARY KEY (prediction_id, market_type, side),
    CHECK ((odds IS NULL) = (book IS NULL)),
    CHECK (stake = 0 OR (odds IS NOT NULL AND no_bet_reason IS NULL))
);
CREATE INDEX ml_recommendations_by_game ON curated.ml_recommendations (game_id, stage);
COMMENT ON TABLE curated.ml_recommendations IS 'One row per prediction, market and side. Probabilities of total and spread are given no push. Stakes, Kelly and profit are fractions of bankroll; profit is per the recorded stake, clv_expected_value per unit staked.';

CREATE TABLE curated.settlement_history (
    prediction_id BIGINT NOT NULL,
    market_type VARCHAR(20) NOT NULL,
    side VARCHAR(10) NOT NULL,
    settled_at TIMESTAMPTZ NOT NULL,
    result VARCHAR(10) NOT NULL,
    settlement_rule VARCHAR(60) NOT NULL,
    profit DOUBLE PRECISION NOT NULL,
    home_score INTEGER,
    away_score INTEGER,
    PRIMARY KEY (prediction_id, market_type, side, settled_at),
    FOREIGN KEY (prediction_id, market_type, side)
        REFERENCES curated.ml_recommendations (prediction_id, market_type, side) ON DELETE CASCADE
);

CREATE TABLE curated.market_comparison (
    model_name VARCHAR(100) NOT NULL,
    model_version VARCHAR(20) NOT NULL,
    prediction_type VARCHAR(20) NOT NULL CHECK (prediction_type IN ('total_over', 'home_ml', 'home_spread')),
    evaluation_period_start DATE NOT NULL,
    evaluation_period_end DATE NOT NULL,
    forecaster VARCHAR(20) NOT NULL,
    reference VARCHAR(20) NOT NULL,
    score VARCHAR(10) NOT NULL CHECK (score IN ('log_loss', 'crps')),
    games INTEGER NOT NULL CHECK (games > 0),
    forecaster_score DOUBLE PRECISION NOT NULL,
    reference_score DOUBLE PRECISION NOT NULL,
    difference DOUBLE PRECISION NOT NULL,
    difference_se DOUBLE PRECISION,
    games_needed INTEGER,
    calibration_slope DOUBLE PRECISION,
    calibration_slope_se DOUBLE PRECISION,
    calibration_intercept DOUBLE PRECISION,
    calibration_intercept_se DOUBLE PRECISION,
    bets INTEGER NOT NULL DEFAULT 0,
    clv_mean DOUBLE PRECISION,
    clv_se DOUBLE PRECISION,
    clv_slope DOUBLE PRECISION,
    clv_slope_se DOUBLE PRECISION,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CHECK (evaluation_period_end > evaluation_period_start),
    PRIMARY KEY (model_name, model_version, prediction_type, evaluation_period_start, evaluation_period_end,
                 forecaster, reference, score)
);
COMMENT ON TABLE curated.market_comparison IS 'Paired score differences on the same games, forecaster minus reference, negative is better; se clustered by day. Windows have exclusive ends.';

CREATE VIEW staging.odds_history AS
SELECT
    'action_network'::VARCHAR(30) AS source,
    h.external_game_id::VARCHAR(100) AS source_game_id,
    ('action_network:' || h.sportsbook_external_id)::VARCHAR(100) AS book,
    'tick'::VARCHAR(5) AS quote_kind,
    h.market_type,
    h.side,
    h.odds,
    h.line_value,
    h.updated_at,
    COALESCE(h.data_collection_time, h.updated_at) AS captured_at,
    FALSE AS assumed,
    FALSE AS is_primary,
    FALSE AS synthetic
FROM staging.action_network_odds_historical AS h
WHERE COALESCE(h.line_status, 'normal') <> 'suspended'
UNION ALL
SELECT
    q.source,
    q.source_game_id,
    (q.source || ':' || q.book_id)::VARCHAR(100),
    'tick',
    q.market_type,
    q.side,
    q.odds,
    q.line_value,
    q.updated_at,
    q.captured_at,
    FALSE,
    FALSE,
    FALSE
FROM staging.source_quotes AS q
WHERE COALESCE(q.line_status, 'normal') <> 'suspended'
UNION ALL
SELECT
    a.source,
    a.source_game_id,
    (a.feed || ':' || a.book)::VARCHAR(100),
    a.quote_kind,
    a.market_type,
    a.side,
    a.odds,
    a.line_value,
    a.updated_at,
    a.updated_at,
    a.assumed,
    a.is_primary,
    a.synthetic
FROM staging.archive_quotes AS a;
COMMENT ON VIEW staging.odds_history IS 'Every quote of every source in one set of columns: one row a price of one side at one book.';

CREATE VIEW curated.unmapped_games AS
SELECT g.source, g.source_game_id, g.game_date, g.home_team, g.away_team, g.game_number, g.scheduled_start, g.status
FROM staging.source_games AS g
LEFT JOIN curated.game_identity AS i USING (source, source_game_id)
WHERE i.game_id IS NULL;
