"""From fair probabilities to the prices a book would print.

Belongs here: margin, rounding, American odds.
Not here: the fair probabilities (market.py), when a price changes (quotes.py), devigging (the pipeline's pricing/).
"""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def logit(probability: Array) -> Array:
    """Log odds."""
    return np.asarray(np.log(probability / (1 - probability)))


def expit(log_odds: Array) -> Array:
    """Probability of log odds."""
    return np.asarray(1 / (1 + np.exp(-log_odds)))


def american(implied: Array, step: int) -> NDArray[np.int64]:
    """American odds of implied probabilities, rounded to `step` cents; even money prints as +100."""
    implied = np.clip(implied, 0.015, 0.985)
    favourite = implied > 0.5
    raw = np.where(favourite, -100 * implied / (1 - implied), 100 * (1 - implied) / implied)
    rounded = (np.rint(raw / step) * step).astype(np.int64)
    return np.where(np.abs(rounded) <= 100, 100, rounded)


def two_sided(fair: Array, margin: float, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Prices of both sides of a market: half the margin on each side (what additive devigging undoes)."""
    return american(fair + margin / 2, step), american(1 - fair + margin / 2, step)
