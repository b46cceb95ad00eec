"""Every feature in stored order, and the lists derived from them.

Belongs here: the features of the game itself and of market memory, all features together, inputs of each model.
Not here: features of a side (team_declarations.py), formulas (assembly.py), what follows from them (registry.py).
"""

from typing import Final

from mlb_ml_assets.domain.models import LINEUP
from mlb_ml_assets.features.player_declarations import PLAYER_FEATURES
from mlb_ml_assets.features.registry import BearsOn, Feature, Shrinkage, columns_of, groups_of, stage_columns
from mlb_ml_assets.features.team_declarations import TEAM_FEATURES

_SCORES = ("games", "results")
_WEATHER = ("forecasts", "conditions")
_LINEUP = (LINEUP,)

GAME_FEATURES: Final = (
    Feature("park_runs", "runs the park adds, both sides", "runs a game", _SCORES, per_side=False),
    Feature("umpire_runs", "runs the plate umpire adds, both sides", "runs a game", ("conditions", "results"), "lineup",
            stages=_LINEUP, per_side=False),
    Feature("umpire_value", "runs that the plate umpire adds through strikeouts and walks", "runs per plate appearance",
            ("conditions", "batter_lines", "pitcher_lines"), "lineup", stages=_LINEUP, per_side=False),
    Feature("temperature", "temperature at first pitch against 72 F", "ten degrees F", _WEATHER, "weather",
            per_side=False),
    Feature("wind_out", "wind out to (+) or in from (-) the outfield, towards a corner .8 of it; 0 across and under a "
            "roof", "ten miles an hour", _WEATHER, "weather", per_side=False),
    Feature("roof_closed", "1 under a dome or closed roof", "flag", _WEATHER, "weather", per_side=False),
    Feature("league_runs", "league mean of runs", "runs per team and nine innings", ("results",), group="derived",
            per_side=False),
    Feature("league_home_wins", "league share of home wins", "share", ("results",), group="derived", per_side=False),
    Feature("season", "season", "year", ("games",), "schedule", group="temporal", per_side=False),
    Feature("season_day", "days since 1 March", "days", ("games",), "schedule", group="temporal", per_side=False),
    Feature("day_game", "1 for a day game", "flag", ("games",), "schedule", group="temporal", per_side=False),
    Feature("neutral_site", "1 at a neutral site: no home advantage", "flag", ("games",), "schedule",
            group="temporal", per_side=False),
    Feature("postseason", "1 in the postseason", "flag", ("games",), "schedule", group="temporal", per_side=False),
    Feature("second_game", "1 for the second game of a doubleheader", "flag", ("games",), "schedule",
            group="temporal", per_side=False),
    Feature("scheduled_innings", "innings scheduled: 9, or 7 in doubleheaders of 2020-21", "innings", ("games",),
            "schedule", group="temporal", per_side=False),
    Feature("automatic_runner", "1 where extra innings begin with a runner on second", "flag", ("games",), "schedule",
            group="temporal", per_side=False),
    Feature("designated_hitter", "1 where pitchers do not bat", "flag", ("games",), "schedule", group="temporal",
            per_side=False),
)  # fmt: skip

_MEMORY = ("modeling.market_memory",)
# Computed by market memory; NaN where there is no past close yet.
MEMORY_FEATURES: Final = (
    Feature("memory_home_logit", "home win logit expected from past closes of teams and starters", "logit", _MEMORY,
            "close", group="market", per_side=False),
    Feature("memory_home_variance", "variance of that expectation", "logit squared", _MEMORY, "close", group="market",
            per_side=False),
    Feature("memory_move_logit", "move from open to close expected from past moves of teams and starters", "logit",
            _MEMORY, "close", group="market", per_side=False),
    Feature("memory_total_move", "the same of the total", "runs", _MEMORY, "close", group="market", per_side=False),
    Feature("memory_total", "total expected from past closing totals", "runs", _MEMORY, "close", group="market",
            per_side=False),
    Feature("memory_total_variance", "variance of that expectation", "runs squared", _MEMORY, "close", group="market",
            per_side=False),
    Feature("memory_lineup_home_logit", "the same logit with the batters of both lineups", "logit", _MEMORY, "lineup",
            stages=_LINEUP, group="market", per_side=False),
    Feature("memory_lineup_home_variance", "variance of that expectation", "logit squared", _MEMORY, "lineup",
            stages=_LINEUP, group="market", per_side=False),
    Feature("memory_baseball_logit", "closing home logit that past closes teach to expect from baseball features",
            "logit", _MEMORY, "close", group="market", per_side=False),
    Feature("memory_residual_logit", "what past closes of teams and starters added to it", "logit", _MEMORY, "close",
            group="market", per_side=False),
    Feature("memory_residual_variance", "variance of that addition", "logit squared", _MEMORY, "close",
            group="market", per_side=False),
    Feature("memory_baseball_total", "closing total that past closes teach to expect from baseball features",
            "runs", _MEMORY, "close", group="market", per_side=False),
    Feature("memory_residual_total", "what past closes of teams, starters and the park added to it, at the lineup with "
            "today's wind and temperature", "runs", _MEMORY, "close", group="market", per_side=False),
    Feature("memory_residual_total_variance", "variance of that addition", "runs squared", _MEMORY, "close",
            group="market", per_side=False),
)  # fmt: skip

SIDE_FEATURES: Final = (*TEAM_FEATURES, *PLAYER_FEATURES)
BASEBALL_FEATURES: Final = (*TEAM_FEATURES, *GAME_FEATURES, *PLAYER_FEATURES)
FEATURES: Final = (*BASEBALL_FEATURES, *MEMORY_FEATURES)
FEATURE_COLUMNS: Final = columns_of(FEATURES)
BASEBALL_COLUMNS: Final = columns_of(BASEBALL_FEATURES)
MEMORY_COLUMNS: Final = columns_of(MEMORY_FEATURES)
FEATURE_GROUPS: Final = groups_of(FEATURES)


def win_features(stage: str) -> tuple[str, ...]:
    """Names whose home-away difference helps to predict the winner at a stage."""
    return tuple(feature.name for feature in SIDE_FEATURES if stage in feature.win_stages)


def win_shrinkages(stage: str) -> tuple[Shrinkage, ...]:
    """The shrinkage of each of `win_features`."""
    return tuple(feature.win_shrinkage for feature in SIDE_FEATURES if stage in feature.win_stages)


def run_features(stage: str, bears_on: BearsOn) -> tuple[str, ...]:
    """Names of side features that bear on a side's own runs, on the opposing side's, or on both."""
    return tuple(f.name for f in SIDE_FEATURES if stage in f.stages and f.bears_on == bears_on)


def columns_at(stage: str) -> tuple[str, ...]:
    """Columns that can hold a value at a stage."""
    return stage_columns(FEATURES, stage)
