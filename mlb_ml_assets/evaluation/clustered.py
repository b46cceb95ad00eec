"""Means, slopes and their standard errors where games of a day belong together.

Belongs here: cluster-robust statistics in plain numpy, and how many games a verdict needs.
Not here: know what is measured (performance.py, market_comparison.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
# Two-sided 5% and 80% power: 1.95996 + .84162.
_DETECTION = 2.801585


@dataclass(frozen=True)
class Estimate:
    """A mean with its cluster-robust standard error (NaN below two clusters) and what it rests on."""

    value: float
    se: float
    count: int
    clusters: int

    @property
    def p_value(self) -> float:
        """Two-sided, against zero, t with clusters - 1 degrees of freedom; NaN without a standard error."""
        from scipy.special import stdtr

        if not self.se > 0:
            return float("nan")
        return float(2 * stdtr(self.clusters - 1, -abs(self.value / self.se)))


@dataclass(frozen=True)
class Line:
    """Intercept and slope with cluster-robust standard errors."""

    intercept: float
    intercept_se: float
    slope: float
    slope_se: float
    count: int
    clusters: int


_NO_LINE = (float("nan"),) * 4


def clustered_mean(values: ArrayLike, clusters: ArrayLike) -> Estimate:
    """Mean and its standard error with observations of one cluster (a day, a game) free to depend on each other.

    CR1: the sum over clusters of squared residual sums, times g / (g - 1). NaN values are left out.
    """
    observed = np.asarray(values, dtype=np.float64)
    kept = ~np.isnan(observed)
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
    p = np.clip(np.asarray(probability, dtype=np.float64), 1e-6, 1 - 1e-6)
    y = np.asarray(outcome, dtype=np.float64)
    kept = ~(np.isnan(p) | np.isnan(y))
    p, y = p[kept], y[kept]
    codes, count = _codes(np.asarray(clusters)[kept])
    if p.size < 20 or np.ptp(y) == 0 or np.ptp(p) == 0:
        return Line(*_NO_LINE, p.size, count)
    design = np.column_stack([np.ones(p.size), np.log(p / (1 - p))])
    solved = np.array([0.0, 1.0])
    for _ in range(50):
        fitted = 1 / (1 + np.exp(np.clip(-design @ solved, -500, 500)))
        information = (design.T * (fitted * (1 - fitted))) @ design
        if np.linalg.cond(information) > 1e12:
            # Forecasts that separate the outcomes have no finite slope.
            return Line(*_NO_LINE, p.size, count)
        bread = np.linalg.inv(information)
        step = bread @ (design.T @ (y - fitted))
        solved = solved + step
        if np.abs(step).max() < 1e-10:
            break
    scores = design * (y - fitted)[:, np.newaxis]
    intercept_se, slope_se = _sandwich(bread, scores, codes, count)
    return Line(float(solved[0]), intercept_se, float(solved[1]), slope_se, p.size, count)


def games_needed(difference: float, se: float, games: int) -> float:
    """Games after which a true difference of this size would be detected (two-sided 5%, power 80%).

    ((1.96 + .84) sd / difference)^2 with sd = se sqrt(games); NaN where there is no difference or no error to go by.
    """
    if not se > 0 or difference == 0 or not np.isfinite(difference):
        return float("nan")
    return float(np.ceil((_DETECTION * se * np.sqrt(games) / difference) ** 2))


def _codes(clusters: NDArray[np.generic]) -> tuple[NDArray[np.intp], int]:
    names, codes = np.unique(clusters, return_inverse=True)
    return codes, names.size


def _sandwich(bread: FloatArray, scores: FloatArray, codes: NDArray[np.intp], count: int) -> tuple[float, float]:
    if count < 3:
        return float("nan"), float("nan")
    sums = np.stack([np.bincount(codes, weights=scores[:, k], minlength=count) for k in range(2)], axis=1)
    spread = np.sqrt(np.diag(bread @ (sums.T @ sums) @ bread) * count / (count - 1))
    return float(spread[0]), float(spread[1])
