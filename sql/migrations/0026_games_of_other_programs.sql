-- Games that other programs write: we fill what is NULL in their rows, and keep here what we know better.
-- depends: 0025_triggers_of_our_own

CREATE TABLE curated.game_corrections (
    game_id INTEGER PRIMARY KEY REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    home_team VARCHAR(10) NOT NULL,
    away_team VARCHAR(10) NOT NULL,
    game_date DATE NOT NULL,
    game_datetime TIMESTAMPTZ NOT NULL,
    season INTEGER NOT NULL,
    season_type VARCHAR(20),
    game_number INTEGER,
    game_status VARCHAR(20) NOT NULL,
    home_score INTEGER,
    away_score INTEGER,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
CREATE INDEX game_corrections_by_date ON curated.game_corrections (game_date);
COMMENT ON TABLE curated.game_corrections IS 'A game whose row in curated.enhanced_games another program wrote, where MLB''s schedule or an archive has it otherwise: its facts as the pipeline uses them. Read through curated.games.';
COMMENT ON COLUMN curated.game_corrections.game_id IS 'The game, curated.enhanced_games.id.';
COMMENT ON COLUMN curated.game_corrections.home_team IS 'Code of the home team on the official date.';
COMMENT ON COLUMN curated.game_corrections.away_team IS 'Code of the away team on the official date.';
COMMENT ON COLUMN curated.game_corrections.game_date IS 'Official date of the game, a day in America/New_York.';
COMMENT ON COLUMN curated.game_corrections.game_datetime IS 'Scheduled first pitch (UTC).';
COMMENT ON COLUMN curated.game_corrections.season IS 'Season, a year.';
COMMENT ON COLUMN curated.game_corrections.season_type IS 'Part of the season: regular, postseason or spring.';
COMMENT ON COLUMN curated.game_corrections.game_number IS '1, or 2 for the second game of a doubleheader.';
COMMENT ON COLUMN curated.game_corrections.game_status IS 'State of the game: scheduled, live, final, postponed, cancelled or suspended.';
COMMENT ON COLUMN curated.game_corrections.home_score IS 'Runs of the home team; NULL before the result.';
COMMENT ON COLUMN curated.game_corrections.away_score IS 'Runs of the away team; NULL before the result.';
COMMENT ON COLUMN curated.game_corrections.updated_at IS 'Instant (UTC) at which the row was last written.';

CREATE TABLE curated.duplicate_games (
    duplicate_id INTEGER PRIMARY KEY REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    game_id INTEGER NOT NULL REFERENCES curated.enhanced_games (id) ON DELETE CASCADE,
    evidence JSONB NOT NULL,
    linked_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    CHECK (duplicate_id <> game_id)
);
COMMENT ON TABLE curated.duplicate_games IS 'Two rows of curated.enhanced_games that are one game, e.g. one scheduled with Action Network''s id and one final with the gamePk. Neither is changed or deleted; the pipeline uses game_id.';
COMMENT ON COLUMN curated.duplicate_games.duplicate_id IS 'The row that the pipeline leaves aside, curated.enhanced_games.id.';
COMMENT ON COLUMN curated.duplicate_games.game_id IS 'The row that the pipeline uses, curated.enhanced_games.id.';
COMMENT ON COLUMN curated.duplicate_games.evidence IS 'What the two rows agree on, by name.';
COMMENT ON COLUMN curated.duplicate_games.linked_at IS 'Instant (UTC) at which the two were found to be one game.';

-- Two parts, so that a day is read by index in each; the second is empty where no other program writes games.
CREATE VIEW curated.games AS
SELECT
    e.id, e.mlb_stats_api_game_id, e.action_network_game_id, e.sbd_game_id, e.vsin_game_key, e.home_team,
    e.away_team, e.home_team_full_name, e.away_team_full_name, e.game_date, e.game_time, e.game_datetime, e.season,
    e.season_type, e.game_type, e.game_number, e.venue_name, e.venue_city, e.venue_state, e.venue_timezone,
    e.temperature_fahrenheit, e.wind_speed_mph, e.wind_direction, e.humidity_pct, e.weather_condition, e.home_score,
    e.away_score, e.winning_team, e.game_status, e.total_runs, e.home_pitcher_name, e.away_pitcher_name,
    e.home_pitcher_era, e.away_pitcher_era, e.home_pitcher_throws, e.away_pitcher_throws,
    e.pitcher_handedness_matchup, e.feature_data, e.ml_metadata, e.data_quality_score, e.mlb_correlation_confidence,
    e.source_coverage_score, e.created_at, e.updated_at
FROM curated.enhanced_games AS e
WHERE NOT EXISTS (SELECT 1 FROM curated.game_corrections AS c WHERE c.game_id = e.id)
    AND NOT EXISTS (SELECT 1 FROM curated.duplicate_games AS d WHERE d.duplicate_id = e.id)
UNION ALL
SELECT
    e.id, e.mlb_stats_api_game_id, e.action_network_game_id, e.sbd_game_id, e.vsin_game_key, c.home_team,
    c.away_team, e.home_team_full_name, e.away_team_full_name, c.game_date, e.game_time, c.game_datetime, c.season,
    c.season_type, e.game_type, c.game_number, e.venue_name, e.venue_city, e.venue_state, e.venue_timezone,
    e.temperature_fahrenheit, e.wind_speed_mph, e.wind_direction, e.humidity_pct, e.weather_condition, c.home_score,
    c.away_score,
    CASE
        WHEN c.game_status <> 'final' OR c.home_score = c.away_score THEN NULL
        WHEN c.home_score > c.away_score THEN c.home_team
        ELSE c.away_team
    END::VARCHAR(10) AS winning_team,
    c.game_status, (COALESCE(c.home_score, 0) + COALESCE(c.away_score, 0))::INTEGER AS total_runs,
    e.home_pitcher_name, e.away_pitcher_name, e.home_pitcher_era, e.away_pitcher_era, e.home_pitcher_throws,
    e.away_pitcher_throws, e.pitcher_handedness_matchup, e.feature_data, e.ml_metadata, e.data_quality_score,
    e.mlb_correlation_confidence, e.source_coverage_score, e.created_at, e.updated_at
FROM curated.game_corrections AS c
JOIN curated.enhanced_games AS e ON e.id = c.game_id
WHERE NOT EXISTS (SELECT 1 FROM curated.duplicate_games AS d WHERE d.duplicate_id = e.id);
COMMENT ON VIEW curated.games IS 'Every game once, with the facts that the pipeline uses: curated.enhanced_games without rows that are a second one of a game, and with curated.game_corrections.';

CREATE OR REPLACE VIEW staging.linked_games AS
SELECT
    i.game_id,
    i.source,
    i.source_game_id,
    staging.source_rank(i.source) AS rank,
    g.home_team <> COALESCE(c.home_team, e.home_team) AS reversed,
    i.confidence,
    g.game_pk
FROM curated.game_identity AS i
JOIN staging.source_games AS g USING (source, source_game_id)
JOIN curated.enhanced_games AS e ON e.id = i.game_id
LEFT JOIN curated.game_corrections AS c ON c.game_id = i.game_id;

-- Which games have odds at all: the odds' own index would have to be descended once per game of every season to say.
CREATE TABLE staging.odds_games (
    external_game_id VARCHAR(255) PRIMARY KEY,
    first_arrived_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON TABLE staging.odds_games IS 'The games of staging.action_network_odds_historical, once each, whoever wrote their odds.';
COMMENT ON COLUMN staging.odds_games.external_game_id IS 'Action Network id of the game, as text.';
COMMENT ON COLUMN staging.odds_games.first_arrived_at IS 'Instant (UTC) of the first insert of odds of the game, or of this table''s creation.';

INSERT INTO staging.odds_games (external_game_id)
WITH RECURSIVE priced (external_game_id) AS (
    (SELECT external_game_id FROM staging.action_network_odds_historical ORDER BY external_game_id LIMIT 1)
    UNION ALL
    SELECT n.external_game_id
    FROM priced AS p
    CROSS JOIN LATERAL (
        SELECT h.external_game_id
        FROM staging.action_network_odds_historical AS h
        WHERE h.external_game_id > p.external_game_id
        ORDER BY h.external_game_id
        LIMIT 1
    ) AS n
)
SELECT external_game_id FROM priced;

CREATE OR REPLACE FUNCTION staging.log_action_network_inserts() RETURNS TRIGGER LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update)
    SELECT 'action_network', external_game_id, COUNT(*), MAX(updated_at)
    FROM arrived
    GROUP BY external_game_id;
    INSERT INTO staging.odds_games (external_game_id)
    SELECT DISTINCT a.external_game_id
    FROM arrived AS a
    WHERE NOT EXISTS (SELECT 1 FROM staging.odds_games AS o WHERE o.external_game_id = a.external_game_id)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;
