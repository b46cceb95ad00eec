"""Proper scores and what may be concluded from them.

Belongs here: losses per game, calibration, paired differences clustered by day, games still needed.
Does not: which forecasts are compared (verdict.py), pictures (plots.py), betting results beyond their means.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.betting.clustered import clustered_mean

Floats = NDArray[np.float64]

CLIP = 1e-6
# Two-sided 5% and 80% power.
Z_LEVEL, Z_POWER = 1.959964, 0.841621


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


def log_loss(probability: Floats, y: Floats) -> Floats:
    """Nats per game; probabilities are held inside [1e-6, 1 - 1e-6]."""
    held = np.clip(probability, CLIP, 1.0 - CLIP)
    return np.asarray(-(y * np.log(held) + (1.0 - y) * np.log1p(-held)))


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


def games_needed(difference: Estimate) -> int | None:
    """Games until a true difference of this size would be told from 0 (two-sided 5%, power 80%)."""
    if not np.isfinite(difference.se) or difference.mean == 0 or not difference.n:
        return None
    per_game = difference.se * np.sqrt(difference.n)
    return int(np.ceil(((Z_LEVEL + Z_POWER) * per_game / difference.mean) ** 2))


@dataclass(frozen=True)
class Calibration:
    """logit P(y) = intercept + slope logit p, with standard errors; a calibrated forecast has (0, 1)."""

    intercept: float
    intercept_se: float
    slope: float
    slope_se: float

    def to_dict(self) -> dict[str, float | None]:
        """For JSON."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}


def calibration(probability: Floats, y: Floats) -> Calibration:
    """Calibration intercept and slope by maximum likelihood.

    Raises:
        NothingToScore: fewer than 20 games, or a forecast that never varies: a constant has no slope.
    """
    known = np.isfinite(probability) & np.isfinite(y)
    if known.sum() < 20:
        raise NothingToScore(f"calibration needs 20 games, got {int(known.sum())}")
    held = np.clip(probability[known], CLIP, 1.0 - CLIP)
    if np.ptp(held) < CLIP:
        raise NothingToScore(f"calibration of a forecast that is always {held[0]:.6f}")
    won = y[known]
    design = np.column_stack([np.ones(len(held)), np.log(held) - np.log1p(-held)])
    beta = np.array([0.0, 1.0])
    for _ in range(25):
        mean = 0.5 * (1.0 + np.tanh(0.5 * (design @ beta)))
        information = (design * (mean * (1.0 - mean))[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (won - mean))
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    return Calibration(float(beta[0]), float(errors[0]), float(beta[1]), float(errors[1]))


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
