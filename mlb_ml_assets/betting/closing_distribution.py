"""What the close said about other numbers than its own.

Belongs here: bending a distribution of totals or margins until it agrees with the closing price at the closing number,
and reading win and push probabilities at the bet's number from it.
Not here: decide which close counts (closing_line_value.py).
"""

from functools import cache
from math import lgamma

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
# Totals 0..60 and margins -30..30: beyond lies less than 1e-9 of any game.
LARGEST_TOTAL = 60
_NEWTON_STEPS = 50
LARGEST_MARGIN = 30


@cache
def total_shape() -> FloatArray:
    """P(total runs = 0..60), the shape used where no distribution is given: negative binomial, mean 8.8, r = 7.9.

    r fitted to closes 2010-15 and scored on 2016-19 (log score 2.867 against 3.064 of a Poisson). Tilting it by
    exp(theta t) gives the negative binomial of another mean with the same r.
    """
    runs = np.arange(LARGEST_TOTAL + 1)
    r, mean = 7.9, 8.8
    logs = np.array([lgamma(t + r) - lgamma(r) - lgamma(t + 1) for t in runs])
    logs += r * np.log(r / (r + mean)) + runs * np.log(mean / (r + mean))
    pmf = np.exp(logs)
    return np.asarray(pmf / pmf.sum(), dtype=np.float64)


@cache
def margin_shape() -> FloatArray:
    """P(home minus away = -30..30), used where no distribution is given: 18,147 games 2014-2021.

    A home win is by one run in 32.2% of cases, an away win in 24.8% (the home side bats last); two to six runs in 18.3,
    14.2, 11.7, 8.4 and 6.1% of games, beyond falling by the same ratio.
    """
    home_share = 0.536
    sizes = np.array([0.183, 0.142, 0.117, 0.084, 0.061] + [0.061 * 0.72**k for k in range(1, LARGEST_MARGIN - 5)])
    sizes = sizes / sizes.sum()
    home = np.concatenate([[home_share * 0.322], home_share * (1 - 0.322) * sizes])
    away = np.concatenate([[(1 - home_share) * 0.248], (1 - home_share) * (1 - 0.248) * sizes])
    return np.concatenate([away[::-1], [0.0], home])


def total_distribution(run_distribution: FloatArray) -> FloatArray:
    """P(total = 0..60) of a joint distribution of home and away runs; mass beyond is put on the last."""
    home, away = np.indices(run_distribution.shape)
    totals = np.minimum(home + away, LARGEST_TOTAL).ravel()
    counted = np.bincount(totals, weights=run_distribution.ravel(), minlength=LARGEST_TOTAL + 1)
    return np.asarray(counted, dtype=np.float64)


def margin_distribution(run_distribution: FloatArray) -> FloatArray:
    """P(home minus away = -30..30) of a joint distribution of runs; mass beyond is put on the ends."""
    home, away = np.indices(run_distribution.shape)
    margins = np.clip(home - away, -LARGEST_MARGIN, LARGEST_MARGIN).ravel() + LARGEST_MARGIN
    counted = np.bincount(margins, weights=run_distribution.ravel(), minlength=2 * LARGEST_MARGIN + 1)
    return np.asarray(counted, dtype=np.float64)


def tilted_to_close(
    shapes: FloatArray, support: FloatArray, closing_number: FloatArray, probability: FloatArray
) -> FloatArray:
    """Distributions bent so that P(X > number | X != number) is the closing probability.

    The exponential tilt exp(theta x) is the smallest change in relative entropy that does it.

    Args:
        shapes: (n, k) distributions over `support`, or (k,) for one shape.
        support: (k,) the values of X.
        closing_number: (n,) numbers, whole or half.
        probability: (n,) in (0, 1).

    Returns:
        (n, k) distributions.
    """
    logs = np.log(np.maximum(np.broadcast_to(shapes, (closing_number.size, support.size)), 1e-300))
    above = support > closing_number[:, np.newaxis]
    below = support < closing_number[:, np.newaxis]
    wanted = np.log(probability) - np.log1p(-probability)
    theta = np.zeros(closing_number.size)
    tilted = np.empty_like(logs)
    for _ in range(_NEWTON_STEPS):
        exponent = logs + theta[:, np.newaxis] * support
        tilted = np.exp(exponent - exponent.max(axis=1, keepdims=True))
        over, under = np.where(above, tilted, 0.0), np.where(below, tilted, 0.0)
        more, less = over.sum(axis=1), under.sum(axis=1)
        missing = wanted - np.log(more) + np.log(less)
        # Of an exponential family: the logit's slope in theta is the gap of the two conditional means.
        gap = over @ support / more - under @ support / less
        theta = theta + np.clip(missing / gap, -0.5, 0.5)
        if np.abs(missing).max(initial=0.0) < 1e-11:
            break
    return np.asarray(tilted / tilted.sum(axis=1, keepdims=True), dtype=np.float64)


def outcome_at(distributions: FloatArray, support: FloatArray, number: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(X > number) and P(X = number) of each distribution (n, k) at its own number (n,)."""
    above = (distributions * (support > number[:, np.newaxis])).sum(axis=1)
    at = (distributions * (support == number[:, np.newaxis])).sum(axis=1)
    return above, at
