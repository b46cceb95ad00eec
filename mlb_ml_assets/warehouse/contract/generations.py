"""The generations of the shared tables that a database may hold, by name.

Belongs here: what distinguishes one generation of a table from another, and tables whose presence marks one.
Not here: the generation that we need (landing.py, curated.py), judging differences (compare.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mlb_ml_assets.warehouse.contract.shape import LiveTable


@dataclass(frozen=True)
class Generation:
    """One migration's version of a table: columns it has, columns it lacks, and types and references only it has."""

    table: str
    name: str
    present: frozenset[str]
    absent: frozenset[str] = frozenset()
    types: Mapping[str, str] = field(default_factory=dict)
    refers_from: frozenset[str] = frozenset()

    def matches(self, live: LiveTable) -> bool:
        """Whether the live table is of this generation."""
        return (
            self.present <= live.columns.keys()
            and not self.absent & live.columns.keys()
            and all(live.columns[column].type == type_ for column, type_ in self.types.items())
            and self.refers_from <= {column for column, _ in live.refers_to}
        )


def _of(
    table: str, name: str, present: str, absent: str = "", **more: Mapping[str, str] | frozenset[str]
) -> Generation:
    return Generation(table, name, frozenset(present.split()), frozenset(absent.split()), **more)  # type: ignore[arg-type]


SHORT_BOOK_KEY = {"sportsbook_key": "character varying(50)"}
ODDS = "staging.action_network_odds_historical"
ODDS_NATURAL_KEY = "external_game_id sportsbook_external_id market_type side updated_at"

# The first that matches names the table, so the more specific come first.
GENERATIONS = (
    _of("curated.enhanced_games", "004_create_pipeline_zones (21 July 2025)", "staging_game_id"),
    _of("curated.enhanced_games", "011", "mlb_stats_api_game_id game_datetime game_status"),
    _of("curated.ml_predictions", "013_create_ml_integration_schema", "model_id prediction_value odds_at_prediction"),
    _of(
        "curated.ml_predictions",
        "030_create_cli_expected_tables",
        "prediction_type prediction_value betting_recommendation",
        "total_over_probability",
    ),
    _of("curated.ml_predictions", "013_create_ml_prediction_tables", "total_over_probability prediction_timestamp"),
    _of("curated.ml_experiments", "013_create_ml_integration_schema", "target_variable experiment_status"),
    _of("curated.ml_experiments", "030_create_cli_expected_tables", "model_name model_version", "mlflow_experiment_id"),
    _of("curated.ml_experiments", "013_create_ml_prediction_tables", "mlflow_experiment_id prediction_target"),
    _of("curated.ml_model_performance", "013_create_ml_integration_schema", "model_id"),
    _of("curated.ml_model_performance", "013_create_ml_prediction_tables", "prediction_type evaluation_period_start"),
    _of("curated.ml_feature_vectors", "012", "feature_cutoff_time feature_version temporal_features"),
    _of("curated.unified_betting_splits", "011", "game_id data_source sportsbook_name"),
    _of(
        ODDS,
        "the stand-alone schema file (raw_data_id refers to raw_data.action_network_odds)",
        ODDS_NATURAL_KEY,
        refers_from=frozenset({"raw_data_id"}),
    ),
    _of(ODDS, "004_create_source_specific_zones with 018", f"{ODDS_NATURAL_KEY} bet_percent_tickets"),
    _of(ODDS, "004_create_source_specific_zones without 018", ODDS_NATURAL_KEY, "bet_percent_tickets"),
    _of("staging.action_network_games", "004_create_source_specific_zones", "external_game_id home_team_normalized"),
    _of("curated.sportsbooks", "012_fix", "id"),
    _of("raw_data.action_network_games", "July 2025 (004_create_pipeline_zones)", "raw_response"),
    _of("raw_data.action_network_games", "consolidated (100)", "raw_game_data home_team"),
    _of("raw_data.action_network_games", "August 2025 (031)", "raw_game_data"),
    _of("raw_data.action_network_odds", "consolidated (100)", "raw_odds processed_at", "created_at"),
    _of("raw_data.action_network_odds", "August 2025 (031)", "raw_odds sportsbook_key", types=SHORT_BOOK_KEY),
    _of("raw_data.action_network_odds", "July 2025 (004_create_pipeline_zones)", "raw_odds created_at"),
    _of("raw_data.action_network_history", "consolidated (100)", "raw_history", "created_at"),
    _of("raw_data.action_network_history", "the collector's own, made at run time", "raw_history created_at"),
    _of("raw_data.sbd_betting_splits", "consolidated (100)", "bet_percentage team_side"),
    _of("raw_data.sbd_betting_splits", "August 2025 (032)", "external_matchup_id", "collected_at"),
    _of("raw_data.sbd_betting_splits", "July 2025 (009)", "external_matchup_id collected_at"),
    _of("raw_data.vsin_data", "July 2025 (004_create_pipeline_zones)", "raw_response data_type"),
    _of("raw_data.mlb_stats_api", "consolidated (100)", "endpoint request_params"),
    _of("raw_data.mlb_stats_api", "July 2025 (004_create_pipeline_zones)", "api_endpoint raw_response"),
    _of("raw_data.mlb_game_outcomes", "consolidated (100)", "home_team_name", "mlb_game_pk"),
    _of("raw_data.mlb_game_outcomes", "July 2025 (007)", "mlb_game_pk"),
)

# Tables that we neither need nor touch; each shows which generation was applied.
ELSEWHERE = {
    "raw_data.vsin": "August 2025 (020) or consolidated (100) keeps VSIN here instead of in raw_data.vsin_data",
    "raw_data.mlb_stats_api_games": "consolidated (100) keeps schedules here",
    "analytics.ml_predictions": "102 keeps its predictions here, in other columns than curated.ml_predictions",
    "analytics.ml_experiments": "102 keeps its experiments here",
    "monitoring.ml_model_performance": "102 keeps its model performance here",
    "curated.ml_models": "013_create_ml_integration_schema ran here",
    "curated.games_complete": "the consolidated schema keeps games here",
}

# Tables that we do not need and read where they are.
READ_TOO = {
    "staging.betting_odds_unified": "Action Network's odds in it are read, a quote in both tables once; never written",
}


def generation_of(live: LiveTable) -> str:
    """The name of this table's generation, or "no known generation"."""
    names = (one.name for one in GENERATIONS if one.table == live.name and one.matches(live))
    return next(names, "no known generation")


def aborted_012(existing: frozenset[str]) -> str | None:
    """An explanation where the tables of 011 exist and those of 012 and 013 do not."""
    if "curated.enhanced_games" not in existing or "curated.ml_temporal_features" not in existing:
        return None
    lost = [name for name in ("curated.ml_feature_vectors", "curated.ml_predictions") if name not in existing]
    if len(lost) < 2:
        return None
    return (
        f"011 ran here; 012 was rolled back whole (its COMMENT names a column that does not exist) and 013 failed "
        f"after it: {' and '.join(lost)} are missing, though the earlier set-up reported success"
    )
