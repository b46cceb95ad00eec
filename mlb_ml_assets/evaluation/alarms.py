"""Numbers too good to be true.

Belongs here: alarm limits for model and market series.
Not here: raise or stop anything: callers (asset checks, verdict) decide what an alarm does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.evaluation.scores import accuracy, auc, brier, log_loss

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """A season beyond this is a bug until proven otherwise (numbers.md 3.11): better than `value` rings."""

    measure: str
    value: float
    lower_is_better: bool

    def rings(self, found: float) -> bool:
        """Whether `found` is better than any honest forecaster could be."""
        return bool(found < self.value if self.lower_is_better else found > self.value)


# A calibrated forecaster of closing quality stays inside these over 2,430 games in 99 seasons of 100.
WIN_LIMITS = (
    Limit("log_loss", 0.655, lower_is_better=True),
    Limit("accuracy", 0.62, lower_is_better=False),
    Limit("auc", 0.65, lower_is_better=False),
    Limit("brier", 0.232, lower_is_better=True),
)
# In-play prices stored as closes show here first.
TOTAL_LIMITS = (
    Limit("rmse", 4.0, lower_is_better=True),
    Limit("median_absolute_error", 2.0, lower_is_better=True),
)
# The limits widen as 1/sqrt(n) around a typical season for shorter windows: (typical, limit at a full season).
TYPICAL = {"log_loss": 0.674, "accuracy": 0.58, "auc": 0.605, "brier": 0.2405}
FULL_SEASON = 2430


@dataclass(frozen=True)
class Alarm:
    """One measure of one series that is too good."""

    series: str
    season: int
    measure: str
    found: float
    limit: float
    n: int

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return dict(vars(self))


def _limit_for(limit: Limit, games: int) -> Limit:
    if games >= FULL_SEASON or limit.measure not in TYPICAL:
        return limit
    typical = TYPICAL[limit.measure]
    widened = typical + (limit.value - typical) * float(np.sqrt(FULL_SEASON / games))
    return Limit(limit.measure, widened, limit.lower_is_better)


def too_good_wins(
    series: Mapping[str, Floats], won: Floats, season: NDArray[np.int64], least_games: int = 200
) -> list[Alarm]:
    """Alarms of win forecasts, by season; model and market series alike. Short windows get wider limits."""

    def measure(p: Floats, y: Floats) -> dict[str, float]:
        losses = {"log_loss": float(log_loss(p, y).mean()), "brier": float(brier(p, y).mean())}
        return {**losses, "accuracy": accuracy(p, y), "auc": auc(p, y)}

    return _alarms(series, won, season, least_games, WIN_LIMITS, measure)


def too_good_totals(
    series: Mapping[str, Floats], runs: Floats, season: NDArray[np.int64], least_games: int = 200
) -> list[Alarm]:
    """Alarms of forecasts of total runs, by season."""

    def measure(forecast: Floats, scored: Floats) -> dict[str, float]:
        off = scored - forecast
        return {"rmse": float(np.sqrt((off**2).mean())), "median_absolute_error": float(np.median(np.abs(off)))}

    return _alarms(series, runs, season, least_games, TOTAL_LIMITS, measure)


def _alarms(
    series: Mapping[str, Floats],
    outcome: Floats,
    season: NDArray[np.int64],
    least_games: int,
    limits: Sequence[Limit],
    measure: Callable[[Floats, Floats], dict[str, float]],
) -> list[Alarm]:
    alarms: list[Alarm] = []
    for name, forecast in series.items():
        for year in np.unique(season):
            rows = (season == year) & np.isfinite(forecast) & np.isfinite(outcome)
            games = int(rows.sum())
            if games < least_games:
                continue
            found = measure(forecast[rows], outcome[rows])
            for limit in limits:
                held = _limit_for(limit, games)
                if held.rings(found[limit.measure]):
                    alarms.append(Alarm(name, int(year), limit.measure, found[limit.measure], held.value, games))
    return alarms
