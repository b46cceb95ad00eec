"""Ridge regression of closing prices on baseball that learns as closes enter: what today's players are worth.

Belongs here: the decayed sums of its normal equations, the fit at the start of each month, its serializable state.
Not here: which columns enter (baseball_prior.py), what is left over by team and starter (kalman.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_TINY = 1e-9


@dataclass(frozen=True)
class Regression:
    """What is fitted.

    Attributes:
        penalty: of each column, per unit of its variance.
        prior: coefficients before any close, per unit of each column.
        level: target where every column is at its mean, before any close.
        level_games: weight of that level in games.
        season_memory: seasons after which a close counts e times less.
    """

    penalty: Floats
    prior: Floats
    level: float
    level_games: float = 50.0
    season_memory: float = 5.0


class RunningRegression:
    """Normal equations of all closes so far, and the coefficients in use.

    `moments` is the weighted sum of z z' over closes, z = (columns, 1, target); a missing value is replaced by the mean
    of those before it. Coefficients are those of the closes entered before the month in use began, so that a decision
    does not depend on how a month's closes are divided into batches.
    """

    def __init__(self, regression: Regression) -> None:
        self.regression = regression
        width = len(regression.penalty)
        self.moments: Floats = np.zeros((width + 2, width + 2))
        self.season = 0
        self.month = 0
        self.center: Floats = np.zeros(width)
        self.coef: Floats = regression.prior
        self.intercept = regression.level

    def enter_month(self, month: int) -> None:
        """Fit on the closes so far, once per month; `month` counts from 1970-01."""
        if month <= self.month:
            return
        self.month = month
        games = float(self.moments[-2, -2])
        self.center = self.moments[:-2, -2] / max(games, _TINY)
        if games > 0.0:
            self._fit(games)

    def expect(self, columns: Floats) -> Floats:
        """Expected targets of (n, k) columns; NaN for a row without any value."""
        off = columns - self.center
        terms = np.ascontiguousarray(np.where(np.isfinite(off), off, 0.0) * self.coef)
        # Row sums, as in linear.py: a game served alone gives the same digits.
        return np.where(np.isfinite(columns).any(axis=1), terms.sum(axis=1) + self.intercept, np.nan)

    def absorb(self, columns: Floats, target: Floats, season: int) -> None:
        """Add closes of one season: (n, k) columns and (n,) targets, all known."""
        if self.season and season > self.season:
            self.moments *= np.exp(-(season - self.season) / self.regression.season_memory)
        self.season = max(self.season, season)
        filled = np.where(np.isfinite(columns), columns, self.center)
        row = np.column_stack([filled, np.ones(len(filled)), target])
        self.moments += row.T @ row

    def _fit(self, games: float) -> None:
        mean = float(self.moments[-2, -1]) / games
        gram = self.moments[:-2, :-2] - games * np.outer(self.center, self.center)
        pull = self.moments[:-2, -1] - games * self.center * mean
        variance = np.maximum(np.diag(gram) / games, _TINY)
        held, prior = self.regression.penalty * variance, self.regression.prior
        self.coef = prior + np.linalg.solve(gram + np.diag(held), pull - gram @ prior)
        weight = games / (games + self.regression.level_games)
        self.intercept = weight * mean + (1.0 - weight) * self.regression.level

    def to_dict(self) -> dict[str, object]:
        """Plain lists and numbers, ready for JSON."""
        return {
            "moments": self.moments.tolist(),
            "season": self.season,
            "month": self.month,
            "center": self.center.tolist(),
            "coef": self.coef.tolist(),
            "intercept": self.intercept,
        }

    def restore(self, values: Mapping[str, object]) -> None:
        """Load a stored state."""
        moments, center, coef = values["moments"], values["center"], values["coef"]
        assert isinstance(moments, Sequence)
        assert isinstance(center, Sequence)
        assert isinstance(coef, Sequence)
        self.moments = np.asarray(moments, np.float64)
        self.center, self.coef = np.asarray(center, np.float64), np.asarray(coef, np.float64)
        self.season, self.month = int(str(values["season"])), int(str(values["month"]))
        self.intercept = float(str(values["intercept"]))
