"""Means, slopes and their standard errors where games of a day belong together.

Belongs here: cluster-robust statistics in plain numpy, and how many games a conclusion needs.
Not here: what is measured (scores.py, market_comparison.py, bets.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlb_ml_assets.domain.logit import expit, logit

FloatArray = NDArray[np.float64]
# Two-sided 5% and 80% power: 1.95996 + .84162.
_DETECTION = 2.801585
_FEWEST_FOR_A_LINE = 20


def finite_or_none(value: float) -> float | None:
    """The number, or None for NaN and infinity: for JSON and for nullable columns."""
    return float(value) if np.isfinite(value) else None


@dataclass(frozen=True)
class Estimate:
    """A mean, its cluster-robust standard error (NaN below two clusters), observations `n` and clusters behind it."""

    mean: float
    se: float
    n: int
    clusters: int

    @property
    def p_value(self) -> float:
        """Two-sided, against zero, t with clusters - 1 degrees of freedom; NaN without a standard error."""
        from scipy.special import stdtr

        if not self.se > 0:
            return float("nan")
        return float(2 * stdtr(self.clusters - 1, -abs(self.mean / self.se)))

    @property
    def needed(self) -> int | None:
        """Observations after which a true mean of this size would be detected (two-sided 5%, power 80%).

        ((1.96 + .84) sd / mean)^2 with sd = se sqrt(n); None without a mean other than 0 and a standard error.
        """
        if not self.se > 0 or self.mean == 0 or not np.isfinite(self.mean):
            return None
        return int(np.ceil((_DETECTION * self.se * np.sqrt(self.n) / self.mean) ** 2))

    def to_dict(self) -> dict[str, float | int | None]:
        """mean, se and n for JSON; NaN becomes None."""
        return {"mean": finite_or_none(self.mean), "se": finite_or_none(self.se), "n": self.n}


@dataclass(frozen=True)
class Line:
    """Intercept and slope with cluster-robust standard errors; NaN where there was nothing to fit."""

    intercept: float
    intercept_se: float
    slope: float
    slope_se: float
    n: int
    clusters: int

    def to_dict(self) -> dict[str, float] | None:
        """intercept, intercept_se, slope and slope_se for JSON; None where any of them is unknown."""
        fitted = {name: getattr(self, name) for name in ("intercept", "intercept_se", "slope", "slope_se")}
        return fitted if np.isfinite(list(fitted.values())).all() else None


_NO_LINE = (float("nan"),) * 4


def clustered_mean(values: ArrayLike, clusters: ArrayLike) -> Estimate:
    """Mean and its standard error with observations of one cluster (a day, a game) free to depend on each other.

    CR1: the sum over clusters of squared residual sums, times g / (g - 1). Values that are not finite are left out.
    """
    observed = np.asarray(values, dtype=np.float64)
    kept = np.isfinite(observed)
    observed = observed[kept]
    codes, count = _codes(np.asarray(clusters)[kept])
    if observed.size == 0:
        return Estimate(float("nan"), float("nan"), 0, 0)
    mean = float(observed.mean())
    if count < 2:
        return Estimate(mean, float("nan"), observed.size, count)
    sums = np.bincount(codes, weights=observed - mean, minlength=count)
    variance = float(sums @ sums) * count / (count - 1) / observed.size**2
    return Estimate(mean, float(np.sqrt(variance)), observed.size, count)


def paired(loss: FloatArray, reference: FloatArray, days: ArrayLike) -> Estimate:
    """Mean of loss - reference over the games that both scored, days clustered; negative: the first is better."""
    return clustered_mean(loss - reference, days)


def clustered_line(x: ArrayLike, y: ArrayLike, clusters: ArrayLike) -> Line:
    """Least squares of y on x with cluster-robust (CR1) standard errors; pairs with a NaN are left out."""
    across, up = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    kept = ~(np.isnan(across) | np.isnan(up))
    across, up = across[kept], up[kept]
    codes, count = _codes(np.asarray(clusters)[kept])
    if across.size < 3 or np.ptp(across) == 0:
        return Line(*_NO_LINE, across.size, count)
    design = np.column_stack([np.ones(across.size), across])
    bread = np.linalg.inv(design.T @ design)
    solved = bread @ (design.T @ up)
    scores = design * (up - design @ solved)[:, np.newaxis]
    intercept_se, slope_se = _sandwich(bread, scores, codes, count)
    return Line(float(solved[0]), intercept_se, float(solved[1]), slope_se, across.size, count)


def calibration_line(probability: ArrayLike, outcome: ArrayLike, clusters: ArrayLike) -> Line:
    """Logistic calibration: logit P(y) = intercept + slope logit p, by Newton's method, errors clustered.

    Slope 1 and intercept 0 are calibrated; a slope below 1 is overconfidence. NaN throughout where fewer than 20 games
    or one outcome only leave nothing to fit.
    """
    p, y = np.asarray(probability, dtype=np.float64), np.asarray(outcome, dtype=np.float64)
    kept = ~(np.isnan(p) | np.isnan(y))
    p, y = np.asarray(np.clip(p[kept], 1e-6, 1 - 1e-6), dtype=np.float64), y[kept]
    codes, count = _codes(np.asarray(clusters)[kept])
    if p.size < _FEWEST_FOR_A_LINE or np.ptp(y) == 0 or np.ptp(p) == 0:
        return Line(*_NO_LINE, p.size, count)
    design = np.column_stack([np.ones(p.size), logit(p)])
    solved = np.array([0.0, 1.0])
    for _ in range(50):
        fitted = expit(design @ solved)
        information = (design.T * (fitted * (1 - fitted))) @ design
        if np.linalg.cond(information) > 1e12:
            # Forecasts that separate the outcomes have no finite slope.
            return Line(*_NO_LINE, p.size, count)
        bread = np.asarray(np.linalg.inv(information), dtype=np.float64)
        step = bread @ (design.T @ (y - fitted))
        solved = solved + step
        if np.abs(step).max() < 1e-10:
            break
    scores = design * (y - fitted)[:, np.newaxis]
    intercept_se, slope_se = _sandwich(bread, scores, codes, count)
    return Line(float(solved[0]), intercept_se, float(solved[1]), slope_se, p.size, count)


def _codes(clusters: NDArray[np.generic]) -> tuple[NDArray[np.intp], int]:
    names, codes = np.unique(clusters, return_inverse=True)
    return codes, names.size


def _sandwich(bread: FloatArray, scores: FloatArray, codes: NDArray[np.intp], count: int) -> tuple[float, float]:
    if count < 3:
        return float("nan"), float("nan")
    sums = np.stack([np.bincount(codes, weights=scores[:, k], minlength=count) for k in range(2)], axis=1)
    spread = np.sqrt(np.diag(bread @ (sums.T @ sums) @ bread) * count / (count - 1))
    return float(spread[0]), float(spread[1])
