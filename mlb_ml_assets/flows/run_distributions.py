"""Distributions of runs behind stored predictions.

Belongs here: from the rates that a prediction's explanation keeps to P(home runs = i, away runs = j).
Not here: the run model (modeling/), what is priced from a distribution (betting/).
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.modeling.run_distribution import RunShape, joint_pmf
from mlb_ml_assets.modeling.run_rules import RunRules, UnplayableGame, rules_for

FloatArray = NDArray[np.float64]
Key = TypeVar("Key", bound=Hashable)
_NEEDED = ("home_rate", "away_rate", "home_dispersion", "away_dispersion")


@dataclass(frozen=True)
class StoredRuns:
    """What a stored prediction says of a game's runs.

    Attributes:
        season, season_type, scheduled_innings: decide the rules of extra innings; unknown is regular and nine.
        runs: "runs" of the prediction's explanation: rates and dispersions of both sides; empty where there are none.
    """

    season: int
    season_type: str | None
    scheduled_innings: int | None
    runs: Mapping[str, Any]


def run_distributions(stored: Mapping[Key, StoredRuns]) -> dict[Key, FloatArray]:
    """P(home runs = i, away runs = j) of each prediction; those without rates, or of unheard-of length, are left out.

    Games of the same rules and dispersions are computed together.
    """
    alike: dict[tuple[RunRules, RunShape], list[tuple[Key, float, float]]] = {}
    for key, game in stored.items():
        runs = game.runs
        if any(runs.get(name) is None for name in _NEEDED):
            continue
        try:
            rules = rules_for(game.season, game.season_type or "regular", game.scheduled_innings or 9)
        except UnplayableGame:
            continue
        shape = RunShape(away_dispersion=runs["away_dispersion"], home_dispersion=runs["home_dispersion"])
        alike.setdefault((rules, shape), []).append((key, runs["home_rate"], runs["away_rate"]))
    found: dict[Key, FloatArray] = {}
    for (rules, shape), rated in alike.items():
        keys, home, away = zip(*rated, strict=True)
        found |= dict(zip(keys, joint_pmf(np.array(home), np.array(away), rules, shape), strict=True))
    return found
