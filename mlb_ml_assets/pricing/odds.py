"""Odds formats: American, decimal, fractional, implied probability.

Belongs here: conversions between the four ways a price is written, exact and never rounded on the way; the one place
that decides which numbers are prices at all.
Not here: remove a margin (devig.py), compare books (consensus.py), price a bet (betting/).
"""

import math
import re
from fractions import Fraction
from typing import overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


class ImpossiblePrice(ValueError):
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


def _probability(probability: ArrayLike) -> FloatArray:
    values = np.asarray(probability, dtype=np.float64)
    wrong = (values <= 0) | (values >= 1)
    if wrong.any():
        raise ImpossiblePrice(f"an implied probability must lie inside (0, 1), got {_first(wrong, values)}")
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
def decimal_to_implied(decimal_odds: float) -> float: ...
@overload
def decimal_to_implied(decimal_odds: ArrayLike) -> FloatArray: ...
def decimal_to_implied(decimal_odds: float | ArrayLike) -> float | FloatArray:
    """Break-even probability 1/d of a price, margin included.

    Raises:
        ImpossiblePrice: a value <= 1, infinite, or a lone NaN.
    """
    return _like(decimal_odds, 1 / _decimal(decimal_odds))


@overload
def implied_to_decimal(probability: float) -> float: ...
@overload
def implied_to_decimal(probability: ArrayLike) -> FloatArray: ...
def implied_to_decimal(probability: float | ArrayLike) -> float | FloatArray:
    """Decimal odds 1/p at which a probability breaks even.

    Raises:
        ImpossiblePrice: a probability outside (0, 1), or a lone NaN.
    """
    return _like(probability, 1 / _probability(probability))


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


def american_to_fraction(american: int) -> Fraction:
    """Fractional odds (net winnings per unit staked) of an American price, as an exact rational: -150 is 2/3.

    Raises:
        ImpossiblePrice: a value inside (-100, 100).
    """
    _american(american)
    return Fraction(american, 100) if american > 0 else Fraction(100, -american)


def fraction_to_american(fractional: Fraction) -> Fraction:
    """American odds of fractional odds, exact: 5/2 is +250, 2/3 is -150, 1/3 is -300.

    Raises:
        ImpossiblePrice: net winnings that are not positive.
    """
    if fractional <= 0:
        raise ImpossiblePrice(f"fractional odds must be positive, got {fractional}")
    return 100 * fractional if fractional >= 1 else -100 / fractional


def parse_fractional(text: str) -> Fraction:
    """Fractional odds as printed: "5/2", "11-10", "evens".

    Raises:
        ImpossiblePrice: any other text, or odds that are not positive.
    """
    cleaned = text.strip().lower()
    if cleaned in {"evens", "even", "evs"}:
        return Fraction(1)
    match = re.fullmatch(r"(\d+)\s*[/-]\s*(\d+)", cleaned)
    if match is None or int(match[1]) == 0 or int(match[2]) == 0:
        raise ImpossiblePrice(f"fractional odds must read like 5/2, got {text!r}")
    return Fraction(int(match[1]), int(match[2]))


def fractional_to_decimal(fractional: Fraction) -> float:
    """Decimal odds of fractional odds: 1 + net winnings per unit.

    Raises:
        ImpossiblePrice: net winnings that are not positive.
    """
    if fractional <= 0:
        raise ImpossiblePrice(f"fractional odds must be positive, got {fractional}")
    return float(1 + fractional)


@overload
def worst_american_at_least(decimal_odds: float) -> int: ...
@overload
def worst_american_at_least(decimal_odds: ArrayLike) -> FloatArray: ...
def worst_american_at_least(decimal_odds: float | ArrayLike) -> int | FloatArray:
    """The lowest whole American price that still pays at least `decimal_odds`.

    Rounding is always in the bettor's favour: a price that must pay 1.9091 or more is -110 at worst, never -111. One
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
