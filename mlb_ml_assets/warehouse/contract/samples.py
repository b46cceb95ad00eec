"""Rows as this project writes them, at the extremes that the adopted tables allow.

Belongs here: per adopted table, rows that every CHECK of a fitting table accepts. A live CHECK is not compared as
text, which differs between server versions and authors: it is evaluated on these rows, and must accept all.
Not here: real data, columns that no CHECK refers to.
"""

from typing import Any

from mlb_ml_assets.domain.markets import MARKETS, MONEYLINE, SPREAD, TOTAL
from mlb_ml_assets.domain.models import GAME_MODEL, LINEUP, OPEN, WALK_FORWARD_VERSION

Samples = tuple[dict[str, Any], ...]

NOW = "2024-07-04T17:00:00Z"
START = "2024-07-04T23:05:00Z"
STAMPS = {"created_at": NOW, "updated_at": NOW, "collected_at": NOW}
PAYLOAD: dict[str, Any] = {"dates": []}

ACTION_NETWORK_GAMES_LANDING: Samples = (
    {"id": 1, "external_game_id": "224000", "raw_response": PAYLOAD, "game_date": "2024-07-04", **STAMPS},
)
ACTION_NETWORK_ODDS_LANDING: Samples = (
    {"id": 1, "external_game_id": "224000", "sportsbook_key": "15", "raw_odds": PAYLOAD, **STAMPS},
)
ACTION_NETWORK_HISTORY_LANDING: Samples = ({"id": 1, "external_game_id": "224000", "raw_history": PAYLOAD, **STAMPS},)
SBD_BETTING_SPLITS_LANDING: Samples = (
    {"id": 1, "external_matchup_id": "sr:match:1", "raw_response": PAYLOAD, **STAMPS},
)
VSIN_DATA_LANDING: Samples = ({"id": 1, "external_id": "1", "data_type": "splits", "raw_response": PAYLOAD, **STAMPS},)
MLB_STATS_API_LANDING: Samples = (
    {"id": 1, "external_game_id": "745804", "raw_response": PAYLOAD, "game_date": "2024-07-04", **STAMPS},
)
MLB_GAME_OUTCOMES_LANDING: Samples = (
    {
        "id": 1,
        "mlb_game_pk": "745804",
        "mlb_stats_api_game_id": "745804",
        "api_endpoint": "/api/v1/schedule",
        "request_timestamp": NOW,
        "raw_response": PAYLOAD,
        "response_status": 200,
        "processing_status": "pending",
        "is_final_game": True,
        "home_score": 0,
        "away_score": 30,
        **STAMPS,
    },
)

ACTION_NETWORK_GAMES: Samples = (
    {
        "id": 1,
        "external_game_id": "224000",
        "home_team": "PHI",
        "away_team": "NYM",
        "game_date": "2024-07-04",
        "game_status": "scheduled",
        **STAMPS,
    },
)

_TICK = {
    "id": 1,
    "external_game_id": "224000",
    "sportsbook_external_id": "15",
    "updated_at": NOW,
    "data_collection_time": NOW,
    "line_status": "normal",
    "is_current_odds": True,
    "period": "event",
}
ACTION_NETWORK_ODDS: Samples = (
    {**_TICK, "market_type": MONEYLINE.key, "side": "home", "odds": -100000},
    {**_TICK, "market_type": MONEYLINE.key, "side": "away", "odds": 100000},
    {**_TICK, "market_type": SPREAD.key, "side": "home", "odds": -110, "line_value": -1.5, "line_status": "opener"},
    {**_TICK, "market_type": SPREAD.key, "side": "away", "odds": 100, "line_value": 2.5, "is_current_odds": False},
    {**_TICK, "market_type": TOTAL.key, "side": "over", "odds": -110, "line_value": 5.5, "line_status": "suspended"},
    {**_TICK, "market_type": TOTAL.key, "side": "under", "odds": -110, "line_value": 15},
)

_GAME = {
    "id": 1,
    "mlb_stats_api_game_id": "745804",
    "home_team": "PHI",
    "away_team": "NYM",
    "game_date": "2024-07-04",
    "game_datetime": START,
    "season": 2024,
    "season_type": "regular",
    "game_type": "regular",
    "game_number": 1,
    "game_status": "scheduled",
    "total_runs": 0,
    "data_quality_score": 1.0,
    "mlb_correlation_confidence": 1.0,
    "feature_data": {},
    "ml_metadata": {},
    **STAMPS,
}
ENHANCED_GAMES: Samples = (
    *({**_GAME, "game_status": status} for status in ("scheduled", "live", "postponed", "cancelled", "suspended")),
    *({**_GAME, "season_type": kind, "game_number": 2} for kind in ("regular", "postseason", "spring")),
    {**_GAME, "season": 2009, "mlb_stats_api_game_id": None, "data_quality_score": 0, "mlb_correlation_confidence": 0},
    {
        **_GAME,
        "game_status": "final",
        "home_score": 30,
        "away_score": 0,
        "total_runs": 30,
        "winning_team": "PHI",
        "temperature_fahrenheit": 110,
        "wind_speed_mph": 60,
        "home_pitcher_throws": "L",
        "away_pitcher_throws": "R",
        "pitcher_handedness_matchup": "R vs L",
    },
    {**_GAME, "game_status": "final", "home_score": 3, "away_score": 3, "total_runs": 6},
)

_SPLIT = {
    "id": 1,
    "game_id": 1,
    "sportsbook_name": "DraftKings",
    "collected_at": NOW,
    "game_start_time": START,
    "minutes_before_game": 60,
    "created_at": NOW,
}
BETTING_SPLITS: Samples = (
    {
        **_SPLIT,
        "data_source": "sbd",
        "market_type": MONEYLINE.key,
        "bet_percentage_home": 100,
        "bet_percentage_away": 0,
        "money_percentage_home": 51,
        "money_percentage_away": 51,
    },
    {
        **_SPLIT,
        "data_source": "vsin",
        "market_type": TOTAL.key,
        "bet_percentage_over": 40,
        "bet_percentage_under": 60,
        "money_percentage_over": 40,
        "money_percentage_under": 60,
    },
    {**_SPLIT, "data_source": "action_network", "market_type": SPREAD.key, "minutes_before_game": 3000},
)

_VECTOR = {
    "id": 1,
    "game_id": 1,
    "feature_cutoff_time": NOW,
    "feature_version": "v1.0",
    "feature_hash": "0" * 64,
    "temporal_features": {},
    "market_features": {},
    "team_features": {},
    "betting_splits_features": {},
    "created_at": NOW,
}
FEATURE_VECTORS: Samples = (
    {**_VECTOR, "feature_completeness_score": 0, "data_source_coverage": 0},
    {**_VECTOR, "feature_completeness_score": 1, "data_source_coverage": 4},
)

_PREDICTION = {
    "id": 1,
    "game_id": 1,
    "model_name": GAME_MODEL.name_of(LINEUP),
    "model_version": "2024-07",
    "feature_version": "v1.0",
    "prediction_timestamp": NOW,
    **STAMPS,
}
PREDICTIONS: Samples = (
    {
        **_PREDICTION,
        **{f"{market.wide_names[0]}_probability": 0 for market in MARKETS},
        **{f"{market.wide_names[0]}_binary": 0 for market in MARKETS},
        **{f"{market.wide_names[1]}_kelly_fraction": 0 for market in MARKETS},
        "risk_level": "low",
        "time_to_game_minutes": 60,
    },
    {
        **_PREDICTION,
        **{f"{market.wide_names[0]}_probability": 1 for market in MARKETS},
        **{f"{market.wide_names[0]}_binary": 1 for market in MARKETS},
        **{f"{market.wide_names[1]}_kelly_fraction": 0.25 for market in MARKETS},
        **{f"{market.wide_names[1]}_expected_value": -1 for market in MARKETS},
        "risk_level": "high",
        "time_to_game_minutes": 3000,
    },
    {**_PREDICTION, "risk_level": "medium", "model_name": GAME_MODEL.name_of(OPEN), "time_to_game_minutes": 1600},
)

_PERFORMANCE = {
    "id": 1,
    "model_name": GAME_MODEL.name_of(OPEN),
    "model_version": WALK_FORWARD_VERSION,
    "evaluation_period_start": "2024-07-01",
    "evaluation_period_end": "2024-07-02",
    "total_predictions": 1,
    "total_games_evaluated": 1,
    "created_at": NOW,
}
PERFORMANCE: Samples = (
    {**_PERFORMANCE, "prediction_type": TOTAL.target, "accuracy": 0, "log_loss": 0, "total_bets_made": 0},
    {
        **_PERFORMANCE,
        "prediction_type": MONEYLINE.target,
        "accuracy": 1,
        "log_loss": 0.6931,
        "total_bets_made": 3,
        "winning_bets": 1,
        "push_bets": 1,
        "losing_bets": 1,
        "hit_rate": 0.3333,
        "roi_percentage": -100,
        "net_profit_loss": -3,
    },
    {**_PERFORMANCE, "prediction_type": SPREAD.target, "total_bets_made": 1, "winning_bets": 1, "hit_rate": 1},
)

_EXPERIMENT = {
    "id": 1,
    "mlflow_experiment_id": "1",
    "experiment_name": MONEYLINE.target,
    "model_type": "market_anchored",
    "status": "active",
    "lifecycle_stage": "active",
    "created_at": NOW,
    "last_updated": NOW,
}
EXPERIMENTS: Samples = (
    {**_EXPERIMENT, "prediction_target": MONEYLINE.target, "model_category": "interpretable"},
    {**_EXPERIMENT, "prediction_target": TOTAL.target, "status": "completed"},
    {**_EXPERIMENT, "prediction_target": SPREAD.target, "status": "failed"},
)
