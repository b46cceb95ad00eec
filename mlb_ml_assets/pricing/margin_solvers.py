"""Roots behind the devig methods that have no closed form.

Belongs here: one-dimensional solvers for the margin parameter of power, odds ratio, probit and Shin, given implied
probabilities along the first axis.
Not here: check prices; devig.py has done that.
"""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
_STEPS = 100
_TOLERANCE = 1e-14


class NoRoot(ArithmeticError):
    """A margin parameter that did not settle; with prices that passed the input rules this is a bug."""


def power_root(implied: FloatArray) -> FloatArray:
    """Exponents k >= 1 with sum r^k = 1 over the first axis; the shape of the other axes.

    sum r^k is convex and falling in k, so Newton from k = 1 approaches the root from the left and cannot overshoot.
    """
    logs = np.log(implied)
    k = np.ones(implied.shape[1:], dtype=np.float64)
    for _ in range(_STEPS):
        terms = np.exp(logs * k)
        step = (terms.sum(axis=0) - 1) / -(terms * logs).sum(axis=0)
        k = k + step
        if np.max(np.abs(step), initial=0.0) < _TOLERANCE * 10:
            return np.asarray(k, dtype=np.float64)
    raise NoRoot(f"power devig did not settle for implied probabilities {implied.tolist()}")


def odds_ratio_root(implied: FloatArray) -> float:
    """Ratio c >= 1 with sum r / (c + r - c r) = 1; convex and falling in c, Newton from 1 as above."""
    c = 1.0
    for _ in range(_STEPS):
        denominator = c + implied - c * implied
        step = float((implied / denominator).sum() - 1) / float((implied * (1 - implied) / denominator**2).sum())
        c += step
        if abs(step) < _TOLERANCE * 10:
            return c
    raise NoRoot(f"odds-ratio devig did not settle for implied probabilities {implied.tolist()}")


def probit_root(scores: FloatArray) -> float:
    """Shift c >= 0 with sum Phi(z - c) = 1, bracketed: the sum falls from above 1 at c = 0 to 0."""
    from scipy.optimize import brentq
    from scipy.special import ndtr

    def excess(c: float) -> float:
        return float(ndtr(scores - c).sum()) - 1

    if excess(0.0) <= 0:
        return 0.0
    return float(brentq(excess, 0.0, 10.0, xtol=1e-15, rtol=1e-14))


def shin_root(implied: FloatArray) -> float:
    """Share z of insiders, for three or more outcomes, by the fixed-point iteration of Jullien & Salanie (1994).

    The map z -> (sum sqrt(z^2 + 4 (1 - z) r^2 / B) - 2) / (n - 2) has slope near -1 where outcomes are alike and
    margins small: taken plainly it swings for thousands of steps. The mean of old and new value settles in a few dozen.
    """
    booksum = float(implied.sum())
    z = 0.0
    for _ in range(10 * _STEPS):
        root = np.sqrt(z * z + 4 * (1 - z) * implied * implied / booksum)
        step = (float((root.sum() - 2) / (implied.size - 2)) - z) / 2
        z += step
        if abs(step) < _TOLERANCE:
            return z
    raise NoRoot(f"Shin devig did not settle for implied probabilities {implied.tolist()}")
