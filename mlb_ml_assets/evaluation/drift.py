"""Whether inputs still look like those that a model was trained on.

Belongs here: the population stability index of columns, and its noise.
Not here: which days are compared, what is done about drift (flows/season_checks.py).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

BINS = 10
# The usual reading of the index, below .1 nothing and above .25 another population (Siddiqi 2006), is for independent
# cases. A month of games is thirty clubs seen thirteen times each: honest months of 2013-18 reach .8 in slow features,
# a source that began or ended gave 2 to 14.
SHIFTED = 1.0
# Share of missing values that may come or go.
DRIED_UP = 0.2


@dataclass(frozen=True)
class Drift:
    """One column's index, the value that chance alone would give on average, and its share of missing values."""

    column: str
    index: float
    by_chance: float
    missing_before: float
    missing_now: float

    @property
    def shifted(self) -> bool:
        """Another population beyond twice what chance gives, or values that have gone."""
        return self.index > SHIFTED + 2 * self.by_chance or self.missing_now - self.missing_before > DRIED_UP


def population_stability(before: Floats, now: Floats, bins: int = BINS) -> tuple[float, float]:
    """Population stability index: sum over bins of (q - p) ln(q / p), bins at the quantiles of `before`.

    Missing values are a bin of their own, so that a column that dries up shows. Half a case is added to each bin.

    Returns:
        The index, and its mean if nothing changed: (bins - 1)(1/n + 1/m), its chi-squared approximation.
    """
    edges: Floats = np.empty(0)
    if np.isfinite(before).any():
        edges = np.unique(np.nanquantile(before, np.linspace(0, 1, bins + 1)[1:-1]))
    p, q = _shares(before, edges), _shares(now, edges)
    by_chance = (len(p) - 1) * (1 / max(len(before), 1) + 1 / max(len(now), 1))
    return float(((q - p) * np.log(q / p)).sum()), by_chance


def _shares(values: Floats, edges: Floats) -> Floats:
    missing = np.isnan(values)
    binned = np.bincount(np.searchsorted(edges, values[~missing], side="right"), minlength=len(edges) + 1)
    counts = np.append(binned, missing.sum()) + 0.5
    return np.asarray(counts / counts.sum())


def drift_of(before: pd.DataFrame, now: pd.DataFrame, columns: list[str]) -> list[Drift]:
    """The drift of each column, largest first."""
    found = []
    for column in columns:
        old, new = before[column].to_numpy(np.float64), now[column].to_numpy(np.float64)
        index, by_chance = population_stability(old, new)
        found.append(Drift(column, index, by_chance, float(np.isnan(old).mean()), float(np.isnan(new).mean())))
    return sorted(found, key=lambda one: -one.index)
