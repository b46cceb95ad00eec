"""The landing and staging tables that we share, as we need them: raw_data as of July 2025, staging as of 004.

Belongs here: the declared shape of each; a test holds it equal to what sql/migrations/0001_adopted_tables.sql creates.
Not here: comparing, other generations, our own tables.
"""

from mlb_ml_assets.warehouse.contract import samples
from mlb_ml_assets.warehouse.contract.shape import ADOPTING, NeededIndex, NeededTable

RAW_ACTION_NETWORK_GAMES = NeededTable(
    name="raw_data.action_network_games",
    columns={
        "id": "bigint not null default",
        "external_game_id": "character varying(255)",
        "raw_response": "jsonb not null",
        "endpoint_url": "text",
        "response_status": "integer",
        "collected_at": "timestamp with time zone not null default",
        "game_date": "date",
        "created_at": "timestamp with time zone not null default",
        "processed_at": "timestamp with time zone",
    },
    keys=(("id",), ("external_game_id",)),
    optional=frozenset({"processed_at"}),
    samples=samples.ACTION_NETWORK_GAMES_LANDING,
    required=False,
)

RAW_ACTION_NETWORK_ODDS = NeededTable(
    name="raw_data.action_network_odds",
    columns={
        "id": "bigint not null default",
        "external_game_id": "character varying(255)",
        "sportsbook_key": "character varying(100)",
        "raw_odds": "jsonb not null",
        "collected_at": "timestamp with time zone not null default",
        "created_at": "timestamp with time zone not null default",
        "processed_at": "timestamp with time zone",
    },
    keys=(("id",),),
    optional=frozenset({"processed_at"}),
    samples=samples.ACTION_NETWORK_ODDS_LANDING,
    required=False,
)

RAW_ACTION_NETWORK_HISTORY = NeededTable(
    name="raw_data.action_network_history",
    columns={
        "id": "bigint not null default",
        "external_game_id": "character varying(255)",
        "raw_history": "jsonb not null",
        "endpoint_url": "text",
        "collected_at": "timestamp with time zone not null default",
        "created_at": "timestamp with time zone not null default",
        "processed_at": "timestamp with time zone",
    },
    keys=(("id",), ("external_game_id",)),
    optional=frozenset({"processed_at"}),
    samples=samples.ACTION_NETWORK_HISTORY_LANDING,
    required=False,
)

RAW_SBD_BETTING_SPLITS = NeededTable(
    name="raw_data.sbd_betting_splits",
    columns={
        "id": "bigint not null default",
        "external_matchup_id": "character varying(255)",
        "raw_response": "jsonb not null",
        "api_endpoint": "text",
        "collected_at": "timestamp with time zone not null default",
        "created_at": "timestamp with time zone not null default",
        "processed_at": "timestamp with time zone",
        "home_team": "character varying(100)",
        "away_team": "character varying(100)",
        "home_team_abbr": "character varying(10)",
        "away_team_abbr": "character varying(10)",
        "home_team_id": "character varying(50)",
        "away_team_id": "character varying(50)",
        "game_name": "character varying(150)",
    },
    keys=(("id",),),
    optional=frozenset({"processed_at"}),
    samples=samples.SBD_BETTING_SPLITS_LANDING,
    required=False,
)

RAW_VSIN_DATA = NeededTable(
    name="raw_data.vsin_data",
    columns={
        "id": "bigint not null default",
        "external_id": "character varying(255)",
        "data_type": "character varying(100)",
        "raw_response": "jsonb not null",
        "source_feed": "character varying(100)",
        "collected_at": "timestamp with time zone not null default",
        "created_at": "timestamp with time zone not null default",
        "processed_at": "timestamp with time zone",
    },
    keys=(("id",),),
    optional=frozenset({"processed_at"}),
    samples=samples.VSIN_DATA_LANDING,
    required=False,
)

RAW_MLB_STATS_API = NeededTable(
    name="raw_data.mlb_stats_api",
    columns={
        "id": "bigint not null default",
        "external_game_id": "character varying(255)",
        "api_endpoint": "text",
        "raw_response": "jsonb not null",
        "collected_at": "timestamp with time zone not null default",
        "game_date": "date",
        "created_at": "timestamp with time zone not null default",
        "processed_at": "timestamp with time zone",
    },
    keys=(("id",),),
    optional=frozenset({"processed_at"}),
    samples=samples.MLB_STATS_API_LANDING,
    required=False,
)

RAW_MLB_GAME_OUTCOMES = NeededTable(
    name="raw_data.mlb_game_outcomes",
    columns={
        "id": "bigint not null default",
        "mlb_game_pk": "character varying(20) not null",
        "mlb_stats_api_game_id": "character varying(20) not null",
        "api_endpoint": "character varying(200) not null",
        "request_timestamp": "timestamp with time zone not null default",
        "raw_response": "jsonb not null",
        "response_status": "integer not null default",
        "response_headers": "jsonb",
        "game_date": "date",
        "home_team": "character varying(100)",
        "away_team": "character varying(100)",
        "game_status": "character varying(50)",
        "processing_status": "character varying(20) default",
        "processed_at": "timestamp with time zone",
        "processing_error": "text",
        "data_quality": "character varying(20) default",
        "validation_errors": "jsonb default",
        "home_score": "integer",
        "away_score": "integer",
        "is_final_game": "boolean default",
        "created_at": "timestamp with time zone default",
        "updated_at": "timestamp with time zone default",
    },
    keys=(("id",),),
    samples=samples.MLB_GAME_OUTCOMES_LANDING,
    required=False,
)

ACTION_NETWORK_GAMES = NeededTable(
    name="staging.action_network_games",
    columns={
        "id": "bigint not null default",
        "external_game_id": "character varying(255) not null",
        "mlb_stats_api_game_id": "character varying(50)",
        "home_team": "character varying(100) not null",
        "away_team": "character varying(100) not null",
        "home_team_normalized": "character varying(100)",
        "away_team_normalized": "character varying(100)",
        "game_date": "date not null",
        "game_time": "time without time zone",
        "game_status": "character varying(50)",
        "venue_name": "character varying(200)",
        "venue_location": "character varying(200)",
        "data_quality_score": "numeric(3,2) default",
        "data_source": "character varying(50) default",
        "created_at": "timestamp with time zone not null default",
        "updated_at": "timestamp with time zone not null default",
    },
    keys=(("id",), ("external_game_id",)),
    indexes=(NeededIndex(("game_date",), ADOPTING),),
    samples=samples.ACTION_NETWORK_GAMES,
)

ACTION_NETWORK_ODDS_HISTORICAL = NeededTable(
    name="staging.action_network_odds_historical",
    columns={
        "id": "bigint not null default",
        "external_game_id": "character varying(255) not null",
        "mlb_stats_api_game_id": "character varying(50)",
        "sportsbook_external_id": "character varying(50) not null",
        "sportsbook_id": "integer",
        "sportsbook_name": "character varying(255)",
        "market_type": "character varying(20) not null",
        "side": "character varying(10) not null",
        "odds": "integer not null",
        "line_value": "numeric(4,1)",
        "updated_at": "timestamp with time zone not null",
        "data_collection_time": "timestamp with time zone",
        "data_processing_time": "timestamp with time zone",
        "line_status": "character varying(50)",
        "is_current_odds": "boolean default",
        "market_id": "bigint",
        "outcome_id": "bigint",
        "period": "character varying(50) default",
        "data_quality_score": "numeric(3,2) default",
        "validation_status": "character varying(50) default",
        "raw_data_id": "bigint",
        "processed_at": "timestamp with time zone default",
        "created_at": "timestamp with time zone default",
        "updated_at_record": "timestamp with time zone default",
        "bet_percent_tickets": "integer",
        "bet_percent_money": "integer",
        "bet_value_tickets": "bigint",
        "bet_value_money": "bigint",
        "bet_info_available": "boolean default",
    },
    keys=(("id",), ("external_game_id", "sportsbook_external_id", "market_type", "side", "updated_at")),
    # Its key, in the order in which prices are looked up: a key of the same columns in another one does not serve.
    indexes=(
        NeededIndex(("external_game_id", "sportsbook_external_id", "market_type", "side", "updated_at"), ADOPTING),
        NeededIndex(
            ("updated_at",),
            "0195_months_of_odds",
            "action_network_odds_historical_by_month",
            method="brin (updated_at timestamptz_minmax_multi_ops)",
        ),
    ),
    optional=frozenset(
        {"bet_percent_tickets", "bet_percent_money", "bet_value_tickets", "bet_value_money", "bet_info_available"}
    ),
    samples=samples.ACTION_NETWORK_ODDS,
    foundation=True,
)

LANDING_TABLES = (
    RAW_ACTION_NETWORK_GAMES,
    RAW_ACTION_NETWORK_ODDS,
    RAW_ACTION_NETWORK_HISTORY,
    RAW_SBD_BETTING_SPLITS,
    RAW_VSIN_DATA,
    RAW_MLB_STATS_API,
    RAW_MLB_GAME_OUTCOMES,
    ACTION_NETWORK_GAMES,
    ACTION_NETWORK_ODDS_HISTORICAL,
)
