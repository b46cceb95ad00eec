"""The stakes that maximize a slate's expected log growth.

Belongs here: one concave maximisation over stakes >= 0 with a budget, by a primal-dual interior-point method with exact
derivatives.
Not here: decide what is on the slate, or shrink, cut or cap the answer (slate.py, stake_limits.py).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.betting.kelly import mean_variance_stakes
from mlb_ml_assets.betting.slate_growth import SlateGrowth

FloatArray = NDArray[np.float64]
_ITERATIONS = 80
# On the gradient, in units of expected return: 1e-9 moves a stake by about as much.
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class SlateOptimum:
    """Best stakes (n,), their growth (nats) and how they were found: "newton" or "mean-variance"."""

    stakes: FloatArray
    growth: float
    method: str
    iterations: int


def maximize_growth(growth: SlateGrowth, budget: float = 1.0) -> SlateOptimum:
    """Stakes >= 0 with sum <= budget that maximize expected log growth.

    The objective is concave, so the point that meets the Karush-Kuhn-Tucker conditions is the optimum. No stake exceeds
    what can be lost: with the budget at most 1 and returns of at least -1, wealth stays positive on the whole path.

    Args:
        growth: the slate.
        budget: largest sum of stakes, in (0, 1].
    """
    if not 0 < budget <= 1:
        raise ValueError(f"budget must be in (0, 1], got {budget}")
    count = growth.bets
    if count == 0:
        return SlateOptimum(np.zeros(0), 0.0, "newton", 0)
    stakes = np.full(count, min(0.02, budget / (2 * count)))
    slack = budget - float(stakes.sum())
    barrier = 1e-3
    price_of_stake, price_of_budget = barrier / stakes, barrier / slack
    for iteration in range(1, _ITERATIONS + 1):
        here = growth.at(stakes)
        residual = np.abs(here.gradient + price_of_stake - price_of_budget).max()
        gap = float(price_of_stake @ stakes + price_of_budget * slack) / (count + 1)
        if residual < _TOLERANCE and gap < _TOLERANCE * 1e-2:
            return SlateOptimum(np.where(stakes > 1e-7, stakes, 0.0), here.value, "newton", iteration)
        barrier = min(barrier, 0.1 * gap)
        matrix = np.diag(price_of_stake / stakes) - here.hessian + price_of_budget / slack
        try:
            step = np.linalg.solve(matrix, here.gradient + barrier / stakes - barrier / slack)
        except np.linalg.LinAlgError:
            break
        spent = float(step.sum())
        stake_price_step = (barrier - price_of_stake * step) / stakes - price_of_stake
        budget_price_step = (barrier + price_of_budget * spent) / slack - price_of_budget
        forward = min(_room(stakes, step), _room(np.array([slack]), np.array([-spent])))
        dual = min(
            _room(price_of_stake, stake_price_step),
            _room(np.array([price_of_budget]), np.array([budget_price_step])),
        )
        stakes = stakes + forward * step
        # Kept by its own steps: budget - sum(stakes) would lose its last digits, and reach 0, where the budget binds.
        slack -= forward * spent
        price_of_stake = price_of_stake + dual * stake_price_step
        price_of_budget += dual * budget_price_step
    fallback = mean_variance_stakes(*growth.moments(), budget=0.99 * budget)
    return SlateOptimum(fallback, growth.at(fallback).value, "mean-variance", iteration)


def _room(value: NDArray[np.floating[Any]], step: NDArray[np.floating[Any]]) -> float:
    """The longest step, at most 1, that keeps every value positive with half a percent to spare."""
    shrinking = step < 0
    if not shrinking.any():
        return 1.0
    return min(1.0, 0.995 * float((-value[shrinking] / step[shrinking]).min()))
