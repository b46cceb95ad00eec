"""Fair probabilities of a market: vig removal.

Belongs here: the rules by which two prices are a market, and Shin's probabilities of many two-way markets at once.
Not here: choose between books (consensus.py) or judge whether a price is worth taking (betting/).
"""

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike

from mlb_ml_assets.domain.odds import FloatArray

# What a market must satisfy to enter a model or a bet: of 28,014 archive games .02-.05 is normal, .12 a data error;
# below zero it is an error or an arbitrage.
OVERROUND_BOUNDS: Final = (0.0, 0.12)
# Float noise of 1/d sums; real margins are four orders larger.
_ROUNDING = 1e-9


class PricingError(ValueError):
    """The base of this package's errors."""


class NotAMarket(PricingError):
    """Prices that cannot be one book's market at one instant; the message carries the prices."""


def devig_two_way(
    first_odds: ArrayLike,
    second_odds: ArrayLike,
    *,
    overround_bounds: tuple[float, float] = OVERROUND_BOUNDS,
    refused: Literal["raise", "nan"] = "raise",
) -> FloatArray:
    """Fair probability of the first outcome of many two-way markets, after Shin (1993).

    With two outcomes Shin takes half the overround off each side (Jullien & Salanié 1994): (1 + 1/d1 - 1/d2) / 2. In
    calibration on 28,014 closing moneylines its slope is .9985; normalization leaves 1.028, the power method .984.

    Args:
        first_odds: decimal prices of the first outcome (home or over); NaN means unknown and gives NaN.
        second_odds: decimal prices of the second outcome, same shape, same book and instant.
        overround_bounds: smallest and largest accepted sum of 1/d, minus 1.
        refused: "raise" stops at the first pair that is not a market; "nan" gives NaN for it.

    Returns:
        Probabilities in (0, 1), the shape of the inputs broadcast.

    Raises:
        NotAMarket: with `refused="raise"`, a price <= 1 or an overround out of bounds.
    """
    first, second = np.broadcast_arrays(
        np.asarray(first_odds, dtype=np.float64), np.asarray(second_odds, dtype=np.float64)
    )
    unknown = np.isnan(first) | np.isnan(second)
    low, high = overround_bounds
    with np.errstate(divide="ignore", invalid="ignore"):
        overround = 1 / first + 1 / second - 1
        valid = (first > 1) & (second > 1) & np.isfinite(first) & np.isfinite(second)
        valid &= (overround >= low - _ROUNDING) & (overround <= high + _ROUNDING)
    wrong = ~valid & ~unknown
    if refused == "raise" and wrong.any():
        position = int(np.argmax(wrong))
        raise NotAMarket(
            f"{int(wrong.sum())} of {wrong.size} pairs are not markets, first at position {position}: "
            f"{first.flat[position]}, {second.flat[position]} (overround {overround.flat[position]:.4f})"
        )
    r1, r2 = 1 / np.where(valid, first, 2.0), 1 / np.where(valid, second, 2.0)
    return np.where(valid, (1 + r1 - r2) / 2, np.nan)
