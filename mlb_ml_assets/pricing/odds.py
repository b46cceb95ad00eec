"""Odds formats: American, decimal, implied probability.

Belongs here: conversions between them, never rounded on the way; the one place that decides which numbers are prices.
Not here: remove a margin (devig.py), compare books (consensus.py), price a bet (betting/).
"""

import math
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlb_ml_assets.domain.odds import FloatArray
from mlb_ml_assets.pricing.devig import PricingError


class ImpossiblePrice(PricingError):
    """A number that no bookmaker can quote in the format it claims; the message carries field and value."""


def _first(mask: NDArray[np.bool_], values: FloatArray) -> str:
    position = int(np.argmax(mask))
    return f"{float(values.flat[position])} at position {position}" if values.ndim else str(float(values))


def _american(odds: ArrayLike) -> FloatArray:
    values = np.asarray(odds, dtype=np.float64)
    wrong = (np.abs(values) < 100) | np.isinf(values)
    if wrong.any():
        raise ImpossiblePrice(f"american odds must be <= -100 or >= 100, got {_first(wrong, values)}")
    return values


def _decimal(odds: ArrayLike) -> FloatArray:
    values = np.asarray(odds, dtype=np.float64)
    wrong = (values <= 1) | np.isinf(values)
    if wrong.any():
        raise ImpossiblePrice(f"decimal odds must be finite and > 1, got {_first(wrong, values)}")
    return values


def _like(given: object, values: FloatArray) -> float | FloatArray:
    """A float for a number, an array for anything with a shape; NaN only survives in arrays, where it means unknown."""
    if values.ndim or isinstance(given, np.ndarray):
        return values
    if math.isnan(float(values)):
        raise ImpossiblePrice("a single price must be a number, got nan")
    return float(values)


@overload
def american_to_decimal(american: float) -> float: ...
@overload
def american_to_decimal(american: ArrayLike) -> FloatArray: ...
def american_to_decimal(american: float | ArrayLike) -> float | FloatArray:
    """Decimal odds of American odds: 1 + A/100 for A > 0, 1 + 100/|A| for A < 0; +100 and -100 are both 2.0.

    Args:
        american: a number or an array of numbers, each <= -100 or >= 100. NaN in an array means unknown and stays NaN.

    Raises:
        ImpossiblePrice: a value inside (-100, 100), infinite, or a lone NaN.
    """
    values = _american(american)
    return _like(american, 1 + np.where(values > 0, values / 100, 100 / np.abs(values)))


@overload
def decimal_to_american(decimal_odds: float) -> float: ...
@overload
def decimal_to_american(decimal_odds: ArrayLike) -> FloatArray: ...
def decimal_to_american(decimal_odds: float | ArrayLike) -> float | FloatArray:
    """American odds of decimal odds, unrounded: 100(d-1) for d >= 2, -100/(d-1) below. Even money is +100.

    Raises:
        ImpossiblePrice: a value <= 1, infinite, or a lone NaN.
    """
    net = _decimal(decimal_odds) - 1
    return _like(decimal_odds, np.where(net >= 1, 100 * net, -100 / net))


@overload
def american_to_implied(american: float) -> float: ...
@overload
def american_to_implied(american: ArrayLike) -> FloatArray: ...
def american_to_implied(american: float | ArrayLike) -> float | FloatArray:
    """Break-even probability of American odds.

    Raises:
        ImpossiblePrice: as `american_to_decimal`.
    """
    return _like(american, 1 / np.asarray(american_to_decimal(american), dtype=np.float64))


@overload
def worst_american_at_least(decimal_odds: float) -> int: ...
@overload
def worst_american_at_least(decimal_odds: ArrayLike) -> FloatArray: ...
def worst_american_at_least(decimal_odds: float | ArrayLike) -> int | FloatArray:
    """The lowest whole American price that still pays at least `decimal_odds`.

    Rounding is always in the bettor's favor: a price that must pay 1.9091 or more is -110 at worst, never -111. One
    part in 10^9 is forgiven, so that a whole price survives the way through decimals. Arrays keep NaN (float dtype).

    Raises:
        ImpossiblePrice: as `decimal_to_american`.
    """
    exact = np.asarray(decimal_to_american(decimal_odds), dtype=np.float64)
    whole = np.ceil(exact - 1e-9 * np.abs(exact))
    # Ceiling -100.4 gives -100, which is the same price as +100: one spelling.
    whole = np.where(whole == -100, 100.0, whole)
    rounded = _like(decimal_odds, whole)
    return int(rounded) if isinstance(rounded, float) else rounded
