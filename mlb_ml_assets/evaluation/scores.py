"""Proper scores and what may be concluded from them.

Belongs here: losses per game, calibration, paired differences clustered by day, games still needed.
Not here: which forecasts are compared (verdict.py), pictures (plots.py), betting results beyond their means.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.evaluation.clustered import calibration_line, clustered_mean, games_needed

Floats = NDArray[np.float64]

# The normal quantile of a two-sided 5%.
Z_LEVEL = 1.959964


class NothingToScore(ValueError):
    """A score was asked for without a single scored game."""


@dataclass(frozen=True)
class Estimate:
    """A mean with its standard error and the number of games (or bets) behind it."""

    mean: float
    se: float
    n: int

    def to_dict(self) -> dict[str, float | int | None]:
        """For JSON: NaN becomes None."""
        return {"mean": _plain(self.mean), "se": _plain(self.se), "n": self.n}


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def brier(probability: Floats, y: Floats) -> Floats:
    """Squared error per game, 0..1."""
    return np.asarray((probability - y) ** 2)


def crps(pmf: Floats, outcome: NDArray[np.int64]) -> Floats:
    """Ranked probability score of (n, k) probabilities of 0 … k - 1: sum over k of (F(k) - 1{outcome ≤ k})²."""
    below = np.cumsum(pmf, axis=1)
    reached = np.arange(pmf.shape[1])[None, :] >= outcome[:, None]
    return np.asarray(((below - reached) ** 2).sum(axis=1))


def auc(probability: Floats, y: Floats) -> float:
    """Area under the ROC curve by ranks, ties sharing theirs; NaN when only one outcome occurred."""
    won = y > 0.5
    positives, negatives = int(won.sum()), int((~won).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = pd.Series(probability).rank().to_numpy()
    return float((ranks[won].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def accuracy(probability: Floats, y: Floats) -> float:
    """Share of games whose likelier side won; exactly .5 counts as half."""
    return float(np.mean(np.where(probability == 0.5, 0.5, (probability > 0.5) == (y > 0.5))))


def clustered(values: Floats, days: NDArray[np.datetime64]) -> Estimate:
    """Mean with a standard error that lets a day's games depend on each other (sandwich, days as clusters)."""
    found = clustered_mean(np.where(np.isfinite(values), values, np.nan), days)
    return Estimate(found.value, found.se, found.count)


def paired(loss: Floats, reference: Floats, days: NDArray[np.datetime64]) -> Estimate:
    """Mean of loss - reference over the games both scored; negative: the first is better."""
    return clustered(loss - reference, days)


def games_still_needed(difference: Estimate) -> int | None:
    """Games until a true difference of this size would be told from 0; None where nothing can be said."""
    games = games_needed(difference.mean, difference.se, difference.n)
    return int(games) if np.isfinite(games) else None


def calibration(probability: Floats, y: Floats, days: NDArray[np.datetime64]) -> dict[str, float] | None:
    """Logit P(y) = intercept + slope logit p with errors clustered by day; a calibrated forecast has (0, 1).

    Returns:
        intercept, intercept_se, slope, slope_se; None where there is nothing to fit (`calibration_line`).
    """
    line = calibration_line(probability, y, days)
    fitted = {name: getattr(line, name) for name in ("intercept", "intercept_se", "slope", "slope_se")}
    return fitted if np.isfinite(list(fitted.values())).all() else None


def explained(moved: Floats, expected: Floats) -> float:
    """R² of an expected move: 1 - sum (moved - expected)² / sum moved²; the reference is that nothing moves."""
    known = np.isfinite(moved) & np.isfinite(expected)
    total = float((moved[known] ** 2).sum())
    return float(1.0 - ((moved[known] - expected[known]) ** 2).sum() / total) if total > 0 else float("nan")


def reliability(probability: Floats, y: Floats, bins: int = 10) -> pd.DataFrame:
    """Equal-count bins with Wilson 95% intervals: columns forecast, share, low, high, n."""
    known = np.isfinite(probability) & np.isfinite(y)
    order = np.argsort(probability[known], kind="stable")
    rows = []
    for part in np.array_split(order, bins):
        if not len(part):
            continue
        share, count = float(y[known][part].mean()), len(part)
        centre = (share + Z_LEVEL**2 / (2 * count)) / (1 + Z_LEVEL**2 / count)
        spread = share * (1 - share) / count + Z_LEVEL**2 / (4 * count**2)
        half = Z_LEVEL * np.sqrt(spread) / (1 + Z_LEVEL**2 / count)
        rows.append((float(probability[known][part].mean()), share, centre - half, centre + half, count))
    return pd.DataFrame(rows, columns=["forecast", "share", "low", "high", "n"])
