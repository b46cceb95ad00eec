-- What live sources need beyond rows: every sighting of a payload, of a game's board and of a price.
-- A price change is a property of all snapshots together: which rows stand must not depend on the order in which payloads
-- came in, so the snapshots' prices are kept, and staging's change rows are what they imply.
-- depends: 0002_pipeline_tables

-- Unknown stays NULL: split pages give a day without a time, odds feeds do not say which part of the season it is.
ALTER TABLE staging.source_games ALTER COLUMN scheduled_start DROP NOT NULL;
ALTER TABLE staging.source_games ALTER COLUMN season_type DROP NOT NULL;
ALTER TABLE staging.game_status_history ALTER COLUMN scheduled_start DROP NOT NULL;

CREATE TABLE raw_data.payload_sightings (
    payload_id BIGINT NOT NULL REFERENCES raw_data.payload_receipts (id),
    captured_at TIMESTAMPTZ NOT NULL,
    parsed_at TIMESTAMPTZ,
    refusal TEXT,
    PRIMARY KEY (payload_id, captured_at)
);
COMMENT ON TABLE raw_data.payload_sightings IS 'Each time a payload came in; its content is stored once, in payload_receipts. refusal: why nothing of it was taken.';
CREATE INDEX payload_sightings_to_parse ON raw_data.payload_sightings (payload_id) WHERE parsed_at IS NULL;

CREATE TABLE staging.quote_observations (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    book_id VARCHAR(60) NOT NULL,
    market_type VARCHAR(20) NOT NULL,
    side VARCHAR(10) NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    odds INTEGER NOT NULL,
    line_value NUMERIC(4, 1),
    stamped BOOLEAN NOT NULL,
    captured_at TIMESTAMPTZ NOT NULL,
    position INTEGER NOT NULL,
    line_status VARCHAR(50),
    market_id BIGINT,
    outcome_id BIGINT,
    payload_id BIGINT
);
CREATE UNIQUE INDEX quote_observations_once ON staging.quote_observations
    (source_game_id, source, book_id, market_type, side, updated_at, odds, COALESCE(line_value, 0));
COMMENT ON TABLE staging.quote_observations IS 'Every price as observed. A row of the quote tables is an observation that is stamped by its source or differs from the one before it. Observations inside a run of equal prices may be deleted once a game is old.';
COMMENT ON COLUMN staging.quote_observations.captured_at IS 'The first payload that had this price with this stamp; among several prices with one stamp, the latest such, then the last in source order, stands.';

CREATE TABLE staging.game_sightings (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    captured_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (source_game_id, source, captured_at)
);
COMMENT ON TABLE staging.game_sightings IS 'When a payload listed a game''s pre-game markets in full: a market missing from it was pulled.';

CREATE TABLE staging.fact_observations (
    source VARCHAR(30) NOT NULL,
    source_game_id VARCHAR(100) NOT NULL,
    fact VARCHAR(30) NOT NULL,
    side VARCHAR(4) NOT NULL DEFAULT '',
    known_at TIMESTAMPTZ NOT NULL,
    content JSONB NOT NULL,
    PRIMARY KEY (source_game_id, source, fact, side, known_at)
);
COMMENT ON TABLE staging.fact_observations IS 'Every fact about a game as observed, by the table that it is for; that table holds the changes.';
