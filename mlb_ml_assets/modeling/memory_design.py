"""The layout of each filter of market memory: the members of a game's sum, their signs, the observed column.

Belongs here: the filters (of closes, of moves, of what baseball leaves over of closes) as data.
Not here: the walk over time (market_memory.py), constants (config.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.models import LINEUP, OPEN
from mlb_ml_assets.modeling.config import MemoryConfig
from mlb_ml_assets.modeling.kalman import Block, Floats, Ints

UNKNOWN = ("unknown", "")
SIDED = ("edge", "team", "team", "starter", "starter")
SIDED_SIGNS = (1.0, 1.0, -1.0, 1.0, -1.0)
# Members that enter the sum times a column of the game's weather.
WEATHER_OF: Mapping[str, str] = {"park_wind": "wind_out", "park_temperature": "temperature"}
# Filters of what baseball leaves over of closing totals. At the open weather is usually unknown, and a park's own level
# must contain its usual weather; where a forecast is known, the weather of past closes is taken out of that level.
TOTAL_AT_OPEN, TOTAL_WITH_FORECAST, TOTAL_AT_LINEUP = "total_at_open", "total_with_forecast", "total_at_lineup"


@dataclass(frozen=True)
class FilterLayout:
    """One filter.

    Attributes:
        blocks: prior and drift of each kind of member, `unknown` included.
        kinds: the kind of member in each column of a game's row.
        signs: how each column enters the sum, times the game's weather for WEATHER_OF kinds.
        observed: the column of the closes frame that updates it.
    """

    name: str
    blocks: Mapping[str, Block]
    kinds: tuple[str, ...]
    signs: Floats
    noise_variance: float
    observed: str


def filter_layouts(config: MemoryConfig) -> list[FilterLayout]:
    """The filters, in the order in which their states are stored."""
    nobody = Block(0.0, config.home_starter.prior_variance, 0.0, 1.0, 0.0, fixed=True)
    anybody = Block(0.0, config.total_starter.prior_variance, 0.0, 1.0, 0.0, fixed=True)
    moneyline = {"unknown": nobody, "edge": config.home_edge, "starter": config.home_starter}
    sided = np.array(SIDED_SIGNS)
    batters = np.concatenate([sided, np.ones(9), -np.ones(9)])
    everything = (*SIDED, "park")
    known = Block(0.0, 0.0, 0.0, 1.0, 0.0, fixed=True)
    totals = {
        "unknown": known,
        "edge": config.residual_total_level,
        "team": config.residual_total_team,
        "starter": config.residual_total_starter,
        "park": config.residual_total_park,
        "park_wind": config.park_wind,
        "park_temperature": config.park_temperature,
    }
    return [
        FilterLayout(
            "home", {**moneyline, "team": config.home_team}, SIDED, sided, config.home_noise_variance, "close_logit"
        ),
        FilterLayout(
            "home_with_batters",
            {**moneyline, "team": config.lineup_team, "batter": config.lineup_batter},
            SIDED + ("batter",) * 18,
            batters,
            config.home_noise_variance,
            "close_logit",
        ),
        FilterLayout(
            "move",
            {"unknown": nobody, "edge": config.move_edge, "team": config.move_team, "starter": config.move_starter},
            SIDED,
            sided,
            config.move_noise_variance,
            "move_logit",
        ),
        FilterLayout(
            "total",
            {
                "unknown": anybody,
                "edge": config.total_level,
                "team": config.total_team,
                "starter": config.total_starter,
                "park": config.total_park,
            },
            everything,
            np.ones(6),
            config.total_noise_variance,
            "close_total",
        ),
        FilterLayout(
            "total_move",
            {
                "unknown": anybody,
                "edge": config.total_move_level,
                "team": config.total_move_team,
                "starter": config.total_move_starter,
                "park": config.total_move_park,
            },
            everything,
            np.ones(6),
            config.total_move_noise_variance,
            "move_total",
        ),
        FilterLayout(
            "residual",
            {
                "unknown": known,
                "edge": config.residual_edge,
                "team": config.residual_team,
                "starter": config.residual_starter,
            },
            SIDED,
            sided,
            config.residual_noise_variance,
            "residual_logit",
        ),
        *(
            FilterLayout(
                name,
                totals,
                kinds,
                np.ones(len(kinds)),
                config.residual_total_noise_variance,
                f"residual_total_{stage}",
            )
            for name, stage, kinds in (
                (TOTAL_AT_OPEN, OPEN, everything),
                (TOTAL_WITH_FORECAST, OPEN, (*everything, *WEATHER_OF)),
                (TOTAL_AT_LINEUP, LINEUP, (*everything, *WEATHER_OF)),
            )
        ),
    ]


def game_weights(layout: FilterLayout, weather: pd.DataFrame) -> Floats:
    """(n, k) weights of a filter's members in the sums of n games; weather that is not known weighs nothing."""
    weights = np.tile(layout.signs, (len(weather), 1))
    for place, kind in enumerate(layout.kinds):
        if kind in WEATHER_OF:
            weights[:, place] *= np.nan_to_num(weather[WEATHER_OF[kind]].to_numpy(dtype=np.float64))
    return weights


def game_keys(
    layout: FilterLayout, teams: pd.DataFrame, starters: pd.DataFrame, batters: NDArray[np.object_]
) -> NDArray[np.object_]:
    """(n, k) keys of a filter's members for n games: None or NaN where unknown."""
    keys = [
        np.full(len(teams), "all", dtype=object),
        teams.home_team.to_numpy(dtype=object),
        teams.away_team.to_numpy(dtype=object),
        starters.home.to_numpy(dtype=object),
        starters.away.to_numpy(dtype=object),
    ]
    if "batter" in layout.kinds:
        keys += list(batters.T)
    keys += [teams.park_id.to_numpy(dtype=object) for kind in layout.kinds if kind.startswith("park")]
    return np.column_stack(keys)


def number_members(
    kinds: Sequence[str], tables: Sequence[NDArray[np.object_]], known: Sequence[tuple[str, str]]
) -> tuple[list[tuple[str, str]], list[Ints]]:
    """Number every member of several key tables, including the `known` members; UNKNOWN is number 0.

    Returns:
        The members in order, and each table as member numbers with missing keys at UNKNOWN.
    """
    numbers: dict[tuple[str, str], int] = {UNKNOWN: 0}
    for member in known:
        numbers.setdefault(member, len(numbers))
    numbered = []
    for keys in tables:
        out = np.zeros(keys.shape, dtype=np.int64)
        for column, kind in enumerate(kinds):
            codes, uniques = pd.factorize(keys[:, column])
            found = [numbers.setdefault((kind, str(key)), len(numbers)) for key in uniques]
            out[:, column] = np.array([*found, 0], dtype=np.int64)[codes]
        numbered.append(out)
    return list(numbers), numbered
