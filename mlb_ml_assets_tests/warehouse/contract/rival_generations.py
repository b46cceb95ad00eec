"""DDL of the other generations of the shared tables, as a database may hold them.

Belongs here: for each generation, its tables, in the columns and constraints that it had.
Not here: the generation that we need (sql/migrations/0001_adopted_tables.sql).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Rival:
    """One table of another generation: what the contract reports, and whether our migration stops before it."""

    table: str
    generation: str
    ddl: str
    stops_migration: bool = False


SCHEMAS = "CREATE SCHEMA raw_data; CREATE SCHEMA staging; CREATE SCHEMA curated;"

REQUIRED_RIVALS = (
    Rival(
        "curated.enhanced_games",
        "004_create_pipeline_zones",
        """CREATE TABLE curated.enhanced_games (
            id BIGSERIAL PRIMARY KEY, staging_game_id BIGINT, game_features JSONB, market_features JSONB,
            created_at TIMESTAMPTZ NOT NULL DEFAULT NOW())""",
        stops_migration=True,
    ),
    Rival(
        "curated.ml_predictions",
        "013_create_ml_integration_schema",
        """CREATE TABLE curated.ml_models (id SERIAL PRIMARY KEY, name TEXT);
        CREATE TABLE curated.ml_predictions (
            id SERIAL PRIMARY KEY, game_id INTEGER NOT NULL,
            model_id INTEGER NOT NULL REFERENCES curated.ml_models (id),
            prediction_type VARCHAR(50) NOT NULL CHECK (prediction_type IN ('sharp_action_home', 'total_over')),
            prediction_value NUMERIC(8, 4) NOT NULL, odds_at_prediction INTEGER, game_start_time TIMESTAMPTZ NOT NULL,
            created_at TIMESTAMPTZ DEFAULT NOW(), UNIQUE (game_id, model_id, prediction_type))""",
        stops_migration=True,
    ),
    Rival(
        "curated.ml_predictions",
        "030_create_cli_expected_tables",
        """CREATE TABLE curated.games (id VARCHAR(50) PRIMARY KEY);
        CREATE TABLE curated.ml_predictions (
            id SERIAL PRIMARY KEY, game_id VARCHAR(50) NOT NULL REFERENCES curated.games (id),
            model_name VARCHAR(100) NOT NULL, prediction_type VARCHAR(50) NOT NULL, prediction_value NUMERIC(10, 4),
            betting_recommendation VARCHAR(50), expected_value NUMERIC(10, 4), created_at TIMESTAMPTZ DEFAULT NOW())""",
        stops_migration=True,
    ),
    Rival(
        "curated.ml_experiments",
        "013_create_ml_integration_schema",
        """CREATE TABLE curated.ml_experiments (
            id INTEGER PRIMARY KEY, experiment_name VARCHAR(200) NOT NULL, data_start_date DATE NOT NULL,
            data_end_date DATE NOT NULL, target_variable VARCHAR(50) NOT NULL, experiment_status VARCHAR(20))""",
    ),
    Rival(
        "curated.ml_experiments",
        "030_create_cli_expected_tables",
        """CREATE TABLE curated.ml_experiments (
            id SERIAL PRIMARY KEY, model_name VARCHAR(100) NOT NULL, model_version VARCHAR(50) NOT NULL,
            roi NUMERIC(8, 4), accuracy NUMERIC(5, 4), UNIQUE (model_name, model_version))""",
    ),
    Rival(
        "curated.ml_model_performance",
        "013_create_ml_integration_schema",
        """CREATE TABLE curated.ml_models (id SERIAL PRIMARY KEY, name TEXT);
        CREATE TABLE curated.ml_model_performance (
            id SERIAL PRIMARY KEY, model_id INTEGER NOT NULL REFERENCES curated.ml_models (id),
            evaluation_period_start TIMESTAMPTZ NOT NULL, evaluation_period_end TIMESTAMPTZ NOT NULL,
            feature_drift_score NUMERIC(5, 4), prediction_drift_score NUMERIC(5, 4))""",
    ),
)

LANDING_RIVALS = (
    Rival(
        "raw_data.action_network_games",
        "August 2025 (031)",
        """CREATE TABLE raw_data.action_network_games (
            id BIGSERIAL PRIMARY KEY, external_game_id VARCHAR(255) UNIQUE NOT NULL, raw_game_data JSONB NOT NULL,
            collected_at TIMESTAMPTZ DEFAULT NOW(), created_at TIMESTAMPTZ DEFAULT NOW(), processed_at TIMESTAMPTZ,
            CONSTRAINT valid_external_game_id_games CHECK (external_game_id <> ''))""",
    ),
    Rival(
        "raw_data.action_network_games",
        "consolidated (100)",
        """CREATE TABLE raw_data.action_network_games (
            id BIGSERIAL PRIMARY KEY, external_game_id VARCHAR(255) UNIQUE NOT NULL, raw_game_data JSONB NOT NULL,
            game_date DATE, home_team VARCHAR(100), away_team VARCHAR(100), game_status VARCHAR(50),
            start_time TIMESTAMPTZ, collected_at TIMESTAMPTZ DEFAULT NOW(), processed_at TIMESTAMPTZ)""",
    ),
    Rival(
        "raw_data.action_network_odds",
        "August 2025 (031)",
        """CREATE TABLE raw_data.action_network_odds (
            id BIGSERIAL PRIMARY KEY, external_game_id VARCHAR(255) NOT NULL, sportsbook_key VARCHAR(50),
            raw_odds JSONB NOT NULL, collected_at TIMESTAMPTZ DEFAULT NOW(), created_at TIMESTAMPTZ DEFAULT NOW(),
            processed_at TIMESTAMPTZ, CONSTRAINT valid_external_game_id CHECK (external_game_id <> ''))""",
    ),
    Rival(
        "raw_data.action_network_odds",
        "consolidated (100)",
        """CREATE TABLE raw_data.action_network_odds (
            id BIGSERIAL PRIMARY KEY, external_game_id VARCHAR(255) NOT NULL, sportsbook_key VARCHAR(100),
            raw_odds JSONB NOT NULL, collected_at TIMESTAMPTZ DEFAULT NOW(), processed_at TIMESTAMPTZ,
            CONSTRAINT unique_action_network_odds UNIQUE (external_game_id, sportsbook_key, collected_at))""",
    ),
    Rival(
        "raw_data.action_network_history",
        "consolidated (100)",
        """CREATE TABLE raw_data.action_network_history (
            id BIGSERIAL PRIMARY KEY, external_game_id VARCHAR(255) NOT NULL, raw_history JSONB NOT NULL,
            endpoint_url TEXT, collected_at TIMESTAMPTZ DEFAULT NOW(), processed_at TIMESTAMPTZ)""",
    ),
    Rival(
        "raw_data.sbd_betting_splits",
        "August 2025 (032)",
        """CREATE TABLE raw_data.sbd_betting_splits (
            id BIGSERIAL PRIMARY KEY, external_matchup_id VARCHAR(255) UNIQUE NOT NULL, raw_response JSONB NOT NULL,
            api_endpoint TEXT, created_at TIMESTAMPTZ DEFAULT NOW())""",
    ),
    Rival(
        "raw_data.sbd_betting_splits",
        "consolidated (100)",
        """CREATE TABLE raw_data.sbd_betting_splits (
            id BIGSERIAL PRIMARY KEY, external_game_id VARCHAR(255), sportsbook VARCHAR(100), market_type VARCHAR(50),
            bet_percentage NUMERIC(5, 2), money_percentage NUMERIC(5, 2), team_side VARCHAR(20), raw_data JSONB,
            collected_at TIMESTAMPTZ DEFAULT NOW(), processed_at TIMESTAMPTZ)""",
    ),
    Rival(
        "raw_data.mlb_stats_api",
        "consolidated (100)",
        """CREATE TABLE raw_data.mlb_stats_api (
            id BIGSERIAL PRIMARY KEY, endpoint VARCHAR(200) NOT NULL, request_params JSONB,
            raw_response JSONB NOT NULL, response_status INTEGER DEFAULT 200,
            collected_at TIMESTAMPTZ DEFAULT NOW(), processed_at TIMESTAMPTZ)""",
    ),
    Rival(
        "raw_data.mlb_game_outcomes",
        "consolidated (100)",
        """CREATE TABLE raw_data.mlb_game_outcomes (
            id BIGSERIAL PRIMARY KEY, mlb_stats_api_game_id VARCHAR(50) UNIQUE NOT NULL, raw_response JSONB NOT NULL,
            game_status VARCHAR(50), home_team_name VARCHAR(100), away_team_name VARCHAR(100), home_score INTEGER,
            away_score INTEGER, game_date DATE, collected_at TIMESTAMPTZ DEFAULT NOW(), processed_at TIMESTAMPTZ)""",
    ),
)

# Generations that keep the same things under other names; each with a word of the note that must name it.
ELSEWHERE = (
    ("CREATE TABLE raw_data.vsin (id BIGSERIAL PRIMARY KEY, betting_data JSONB, batch_id UUID)", "020"),
    ("CREATE TABLE raw_data.mlb_stats_api_games (id BIGSERIAL PRIMARY KEY, raw_game_data JSONB)", "consolidated (100)"),
    ("CREATE SCHEMA analytics; CREATE TABLE analytics.ml_predictions (id BIGSERIAL PRIMARY KEY)", "102"),
    ("CREATE SCHEMA analytics; CREATE TABLE analytics.ml_experiments (id BIGSERIAL PRIMARY KEY)", "102"),
    ("CREATE SCHEMA monitoring; CREATE TABLE monitoring.ml_model_performance (id BIGSERIAL PRIMARY KEY)", "102"),
)
