"""Outcomes of a market at other lines than the one that has a price.

Belongs here: distributions of total runs and of the margin, tilting them until they agree with a price at its own line,
and win and push probabilities at any line.
Not here: which price counts as the close (closing_line_value.py), the run model (modeling/).
"""

from functools import cache
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.domain.markets import Market

FloatArray = NDArray[np.float64]
# Totals 0..60 and margins -30..30: beyond lies less than 1e-9 of any game.
LARGEST_TOTAL = 60
LARGEST_MARGIN = 30
_NEWTON_STEPS = 50


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
    14.2, 11.7, 8.4 and 6.1% of games, falling by the same ratio beyond that.
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


def tilt_to_price(
    shapes: FloatArray, support: FloatArray, priced_line: FloatArray, probability: FloatArray
) -> FloatArray:
    """Tilt distributions until P(X > line | X != line) is the priced probability.

    The exponential tilt exp(theta x) is the smallest change in relative entropy that does it.

    Args:
        shapes: (n, k) distributions over `support`, or (k,) for one shape.
        support: (k,) the values of X.
        priced_line: (n,) lines, whole or half.
        probability: (n,) in (0, 1).

    Returns:
        (n, k) distributions.
    """
    logs = np.log(np.maximum(np.broadcast_to(shapes, (priced_line.size, support.size)), 1e-300))
    above = support > priced_line[:, np.newaxis]
    below = support < priced_line[:, np.newaxis]
    wanted = np.log(probability) - np.log1p(-probability)
    theta = np.zeros(priced_line.size)
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


def outcomes_at(distributions: FloatArray, support: FloatArray, line: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P(X > line) and P(X = line) of each distribution (n, k) at its own line (n,).

    A quarter line is two half stakes on the neighboring half and whole lines: the mean of both.
    """
    edges = np.stack([np.floor(line * 2) / 2, np.ceil(line * 2) / 2])[..., np.newaxis]
    above = (distributions * (support > edges)).sum(axis=-1)
    at = (distributions * (support == edges)).sum(axis=-1)
    return (above[0] + above[1]) / 2, (at[0] + at[1]) / 2


def default_shape(market: Market) -> FloatArray:
    """The fitted distribution of what the market counts, for games without a distribution of runs."""
    return margin_shape() if market.is_line_negated else total_shape()


def count_distribution(market: Market, run_distribution: FloatArray) -> FloatArray:
    """What the market counts, of a joint distribution of runs: home minus away for a run line, else total runs."""
    return (margin_distribution if market.is_line_negated else total_distribution)(run_distribution)


def outcomes_at_line(
    market: Market, shapes: FloatArray, priced_line: FloatArray, probability: FloatArray, line: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Win and push probability of the market's first side at any line, given its price at one line.

    Args:
        market: total or spread.
        shapes: (n, k) distributions of `count_distribution`, or one of `default_shape` (k,).
        priced_line: (n,) the market's line that has a price (for a run line, the home side's).
        probability: (n,) of the first side at `priced_line`, given no push.
        line: (n,) the market's line of interest; quarter lines are two half stakes.
    """
    largest = LARGEST_MARGIN if market.is_line_negated else LARGEST_TOTAL
    support = np.arange(-largest if market.is_line_negated else 0, largest + 1, dtype=np.float64)
    # Home -1.5 needs a margin above 1.5.
    sign = -1.0 if market.is_line_negated else 1.0
    return outcomes_at(tilt_to_price(shapes, support, sign * priced_line, probability), support, sign * line)


def side_outcomes_at_line(
    market: Market, side: str, run_distribution: FloatArray, priced_line: float, probability: float, line: float
) -> tuple[float, float]:
    """Win and push probability of one side of a game at its own line, given its probability at another of its lines.

    Args:
        market: total or spread.
        side: of the market.
        run_distribution: P(home runs = i, away runs = j).
        priced_line: the side's own line at which it wins with `probability`, given no push.
        probability: in (0, 1).
        line: the side's own line of interest.
    """
    is_first = side == market.first_side
    win, push = outcomes_at_line(
        market,
        count_distribution(market, run_distribution),
        np.array([market.line_of(side, priced_line)]),
        np.array([probability if is_first else 1 - probability]),
        np.array([market.line_of(side, line)]),
    )
    won, pushed = float(win[0]), float(push[0])
    return (won if is_first else 1 - won - pushed), pushed
