"""Fair probabilities of a market: the bookmaker's margin taken off.

Belongs here: seven published ways to do it for any number of outcomes, the rules by which a set of prices is a market
at all, and a vectorised path for two-way markets, which all of ours are.
Not here: choose between books (consensus.py) or judge whether a price is worth taking (betting/).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlb_ml_assets.pricing.margin_solvers import odds_ratio_root, power_root, probit_root, shin_root

FloatArray = NDArray[np.float64]
DevigMethod = Literal["shin", "additive", "multiplicative", "power", "odds_ratio", "probit", "goto"]
METHODS: tuple[DevigMethod, ...] = get_args(DevigMethod)

# A market below zero margin is an error or an arbitrage; above .25 no two-way book of ours has ever been.
OVERROUND_BOUNDS = (0.0, 0.25)
# What a price must satisfy to enter a model or a bet: of 28,014 archive games .02-.05 is normal, .12 a data error.
MODEL_OVERROUND_BOUNDS = (0.0, 0.12)
# Float noise of 1/d sums; real margins are four orders larger.
_ROUNDING = 1e-9


class NotAMarket(ValueError):
    """Prices that cannot be one book's market at one instant; the message carries the prices."""


@dataclass(frozen=True)
class FairMarket:
    """A devigged market: probabilities in the order given, the margin, and the method's own parameter.

    `overround` is the sum of 1/d minus 1. `parameter` is k (power), z (Shin), c (odds ratio, probit), s (goto), and
    NaN for the two methods that have none.
    """

    probabilities: FloatArray
    overround: float
    method: DevigMethod
    parameter: float


@dataclass(frozen=True)
class SideQuote:
    """One side's price with what decides whether it may be paired: book, line and instant."""

    book: str
    quoted_at: datetime
    decimal_odds: float
    line_value: float | None = None


def market_prices(sides: Sequence[SideQuote]) -> FloatArray:
    """Decimal prices of one market, after checking that they are one market.

    Raises:
        NotAMarket: fewer than two sides, sides of different books, or of different instants.
    """
    if len({side.book for side in sides}) > 1:
        raise NotAMarket(f"prices of different books are not a market: {sorted({side.book for side in sides})}")
    if len({side.quoted_at for side in sides}) > 1:
        stamps = sorted(side.quoted_at.isoformat() for side in sides)
        raise NotAMarket(f"prices of different instants are not a market: {stamps}")
    return _prices([side.decimal_odds for side in sides], OVERROUND_BOUNDS)


def _prices(decimal_odds: ArrayLike, bounds: tuple[float, float]) -> FloatArray:
    prices = np.asarray(decimal_odds, dtype=np.float64)
    if prices.ndim != 1 or prices.size < 2:
        raise NotAMarket(f"a market has at least two prices, got {prices.tolist()}")
    if not np.isfinite(prices).all() or (prices <= 1).any():
        raise NotAMarket(f"every price must be finite and > 1, got {prices.tolist()}")
    overround = float((1 / prices).sum()) - 1
    if not bounds[0] - _ROUNDING <= overround <= bounds[1] + _ROUNDING:
        raise NotAMarket(f"overround {overround:.4f} outside [{bounds[0]}, {bounds[1]}] for prices {prices.tolist()}")
    return prices


def _multiplicative(r: FloatArray) -> tuple[FloatArray, float]:
    return r / r.sum(), math.nan


def _additive(r: FloatArray) -> tuple[FloatArray, float]:
    return r - (r.sum() - 1) / r.size, math.nan


def _shin(r: FloatArray) -> tuple[FloatArray, float]:
    booksum = float(r.sum())
    if r.size == 2:
        gap = float(r[0] - r[1])
        z = (booksum - 1) * (gap * gap - booksum) / (booksum * (gap * gap - 1))
        # Jullien & Salanie 1994: with two outcomes Shin takes the same amount off either side.
        return np.array([(1 + gap) / 2, (1 - gap) / 2]), z
    z = shin_root(r)
    return (np.sqrt(z * z + 4 * (1 - z) * r * r / booksum) - z) / (2 * (1 - z)), z


def _power(r: FloatArray) -> tuple[FloatArray, float]:
    k = float(power_root(r))
    return r**k, k


def _odds_ratio(r: FloatArray) -> tuple[FloatArray, float]:
    if r.size == 2:
        net = 1 / r - 1
        roots = np.sqrt(net)
        return roots[::-1] / roots.sum(), float(1 / np.sqrt(net.prod()))
    c = odds_ratio_root(r)
    return r / (c + r - c * r), c


def _probit(r: FloatArray) -> tuple[FloatArray, float]:
    from scipy.special import ndtr, ndtri

    scores = ndtri(r)
    c = float(scores.sum() / 2) if r.size == 2 else probit_root(scores)
    return np.asarray(ndtr(scores - c), dtype=np.float64), c


def _goto(r: FloatArray) -> tuple[FloatArray, float]:
    errors = np.sqrt(1 - r)
    s = float((r.sum() - 1) / errors.sum())
    return r - s * errors, s


_SOLVERS: dict[DevigMethod, Callable[[FloatArray], tuple[FloatArray, float]]] = {
    "shin": _shin,
    "additive": _additive,
    "multiplicative": _multiplicative,
    "power": _power,
    "odds_ratio": _odds_ratio,
    "probit": _probit,
    "goto": _goto,
}


def devig(
    decimal_odds: ArrayLike,
    method: DevigMethod = "shin",
    *,
    overround_bounds: tuple[float, float] = OVERROUND_BOUNDS,
) -> FairMarket:
    """Fair probabilities of one market from one book's prices at one instant.

    Methods: multiplicative (normalisation), additive (equal amounts), Shin (1993) with z the share of insiders, power
    (Clarke, Kovalchik & Ingram 2017), odds ratio (Cheung 2015), probit (equal shift of normal scores), goto (margin in
    proportion to each outcome's standard error, Goto 2021). In calibration on 28,014 closing moneylines multiplicative
    leaves slope 1.028, additive = Shin .9985, odds ratio .9975, power .984: hence Shin is the default.

    Args:
        decimal_odds: one price per outcome, each > 1.
        method: one of `METHODS`.
        overround_bounds: smallest and largest accepted sum of 1/d, minus 1.

    Raises:
        NotAMarket: fewer than two prices, a price <= 1, an overround out of bounds, or a method that leaves a
            probability outside (0, 1) for these prices (additive and goto can, for long shots).
    """
    prices = _prices(decimal_odds, overround_bounds)
    if method not in _SOLVERS:
        raise ValueError(f"devig method must be one of {METHODS}, got {method!r}")
    implied = 1 / prices
    probabilities, parameter = _SOLVERS[method](implied)
    if (probabilities <= 0).any() or (probabilities >= 1).any():
        raise NotAMarket(f"{method} leaves {probabilities.tolist()} for prices {prices.tolist()}")
    return FairMarket(probabilities, float(implied.sum()) - 1, method, parameter)


def devig_two_way(
    first_odds: ArrayLike,
    second_odds: ArrayLike,
    method: DevigMethod = "shin",
    *,
    overround_bounds: tuple[float, float] = MODEL_OVERROUND_BOUNDS,
    refused: Literal["raise", "nan"] = "raise",
) -> FloatArray:
    """Fair probability of the first outcome for many two-way markets at once.

    Closed forms but for power, which takes a handful of Newton steps on the whole array.

    Args:
        first_odds: decimal prices of the first outcome (home or over); NaN means unknown and gives NaN.
        second_odds: decimal prices of the second outcome, same shape, same book and instant.
        method: one of `METHODS`.
        overround_bounds: smallest and largest accepted margin.
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
        margin = 1 / first + 1 / second - 1
        valid = (first > 1) & (second > 1) & np.isfinite(first) & np.isfinite(second)
        valid &= (margin >= low - _ROUNDING) & (margin <= high + _ROUNDING)
    wrong = ~valid & ~unknown
    if refused == "raise" and wrong.any():
        position = int(np.argmax(wrong))
        raise NotAMarket(
            f"{int(wrong.sum())} of {wrong.size} pairs are not markets, first at position {position}: "
            f"{first.flat[position]}, {second.flat[position]} (overround {margin.flat[position]:.4f})"
        )
    r1 = 1 / np.where(valid, first, 2.0)
    r2 = 1 / np.where(valid, second, 2.0)
    return np.where(valid, _two_way(r1, r2, method), np.nan)


def _two_way(r1: FloatArray, r2: FloatArray, method: DevigMethod) -> FloatArray:
    match method:
        case "shin" | "additive":
            fair = (1 + r1 - r2) / 2
        case "multiplicative":
            fair = r1 / (r1 + r2)
        case "odds_ratio":
            a, b = np.sqrt(1 / r1 - 1), np.sqrt(1 / r2 - 1)
            fair = b / (a + b)
        case "probit":
            from scipy.special import ndtr, ndtri

            fair = np.asarray(ndtr((ndtri(r1) - ndtri(r2)) / 2), dtype=np.float64)
        case "goto":
            a, b = np.sqrt(1 - r1), np.sqrt(1 - r2)
            fair = r1 - (r1 + r2 - 1) / (a + b) * a
        case "power":
            fair = r1 ** power_root(np.stack([r1, r2]))
        case _:
            raise ValueError(f"devig method must be one of {METHODS}, got {method!r}")
    return fair


def devig_shin(decimal_odds: ArrayLike) -> FloatArray:
    """Fair probabilities after Shin (1993); with two outcomes, half the overround off each side (closed form).

    Raises:
        NotAMarket: as `devig`.
    """
    return devig(decimal_odds, "shin").probabilities
