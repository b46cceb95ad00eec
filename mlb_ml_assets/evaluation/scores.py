"""Scores of forecasts against what happened.

Belongs here: losses per game, ranking, reliability tables.
Not here: standard errors and calibration lines (clustered.py), which forecasts are compared (verdict.py).
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# The normal quantile of a two-sided 5%.
Z_LEVEL = 1.959964


class EvaluationError(ValueError):
    """The base of this package's errors."""


class NothingToScore(EvaluationError):
    """No game of the request has both a forecast and a result."""


def log_loss(probability: ArrayLike, outcome: ArrayLike) -> Floats:
    """Log loss of each forecast in nats, probabilities held inside [1e-6, 1 - 1e-6]; NaN where either is unknown."""
    p = np.clip(np.asarray(probability, dtype=np.float64), 1e-6, 1 - 1e-6)
    y = np.asarray(outcome, dtype=np.float64)
    return np.asarray(-(y * np.log(p) + (1 - y) * np.log1p(-p)), dtype=np.float64)


def brier(probability: Floats, y: Floats) -> Floats:
    """Squared error per game, 0..1."""
    return np.asarray((probability - y) ** 2)


def crps(pmf: Floats, outcome: NDArray[np.int64]) -> Floats:
    """Ranked probability score of (n, k) probabilities of 0 … k - 1: sum over k of (F(k) - 1{outcome ≤ k})²."""
    below = np.cumsum(pmf, axis=1)
    reached = np.arange(pmf.shape[1])[None, :] >= outcome[:, None]
    return np.asarray(((below - reached) ** 2).sum(axis=1))


def auc(probability: Floats, y: Floats) -> float:
    """Chance that a game that was won had a higher forecast than one that was not, ties half; NaN with one class."""
    won = y > 0.5
    positives, negatives = int(won.sum()), int((~won).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = pd.Series(probability).rank().to_numpy()
    return float((ranks[won].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def accuracy(probability: Floats, y: Floats) -> float:
    """Share of games whose likelier side won; exactly .5 counts as half."""
    return float(np.mean(np.where(probability == 0.5, 0.5, (probability > 0.5) == (y > 0.5))))


def explained(moved: Floats, expected: Floats) -> float:
    """R² of an expected move: 1 - sum (moved - expected)² / sum moved²; the reference is that nothing moves."""
    known = np.isfinite(moved) & np.isfinite(expected)
    total = float((moved[known] ** 2).sum())
    return float(1.0 - ((moved[known] - expected[known]) ** 2).sum() / total) if total > 0 else float("nan")


def wilson_interval(share: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """The 95% interval of shares of `n` games (Wilson 1927): inside 0..1 even for a handful of games."""
    observed, count = np.asarray(share, dtype=np.float64), np.asarray(n, dtype=np.float64)
    center = (observed + Z_LEVEL**2 / (2 * count)) / (1 + Z_LEVEL**2 / count)
    spread = observed * (1 - observed) / count + Z_LEVEL**2 / (4 * count**2)
    half = Z_LEVEL * np.sqrt(spread) / (1 + Z_LEVEL**2 / count)
    return np.asarray(center - half), np.asarray(center + half)


def reliability(probability: Floats, y: Floats, bins: int = 10) -> pd.DataFrame:
    """Equal-count bins with Wilson 95% intervals: columns forecast, share, low, high, n."""
    known = np.isfinite(probability) & np.isfinite(y)
    order = np.argsort(probability[known], kind="stable")
    parts = [part for part in np.array_split(order, bins) if len(part)]
    table = pd.DataFrame(
        [(float(probability[known][part].mean()), float(y[known][part].mean()), len(part)) for part in parts],
        columns=["forecast", "share", "n"],
    )
    low, high = wilson_interval(table["share"], table["n"])
    return table.assign(low=low, high=high)[["forecast", "share", "low", "high", "n"]]
