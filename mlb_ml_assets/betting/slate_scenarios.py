"""What can happen in one game, as far as its bets can distinguish.

Belongs here: turning a joint distribution of runs into the few scenarios that differ for the bets in question, and
bending their weights until every bet has its own final probability.
Not here: stakes (slate.py), the run model itself (modeling/).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.betting.errors import BettingError
from mlb_ml_assets.domain.markets import TOTAL, market_of

FloatArray = NDArray[np.float64]
LOSE, PUSH, WIN = 0, 1, 2


class IncompatibleProbabilities(BettingError):
    """Final probabilities of one game that its run distribution cannot be bent to have together."""


@dataclass(frozen=True)
class Bet:
    """One opportunity of a game.

    `win` and `push` are unconditional probabilities; `line_value` is the bettor's own line: the total, or the runs
    given to the side bet on (-1.5 for a favorite), None for the moneyline.
    """

    market_type: str
    side: str
    decimal_odds: float
    win: float
    push: float = 0.0
    line_value: float | None = None


@dataclass(frozen=True)
class GameScenarios:
    """Mutually exclusive scenarios of one game: weights (S,) summing to 1, net returns per unit staked (S, bets)."""

    weights: FloatArray
    returns: FloatArray


def bet_margin(bet: Bet, home_runs: FloatArray, away_runs: FloatArray) -> FloatArray:
    """By how much a final score decides a bet: above 0 it wins, at 0 it pushes, below 0 it loses.

    Raises:
        ValueError: an unknown market or side, or a total or spread without a line.
    """
    market = market_of(bet.market_type)
    if bet.side not in market.sides:
        raise ValueError(f"no such bet: market_type {bet.market_type!r}, side {bet.side!r}")
    if market.has_line and bet.line_value is None:
        raise ValueError(f"a bet on {bet.market_type} needs a line_value")
    sign = 1.0 if bet.side == market.first_side else -1.0
    if market is TOTAL:
        return sign * (home_runs + away_runs - float(bet.line_value or 0.0))
    return sign * (home_runs - away_runs) + float(bet.line_value or 0.0)


def single_bet_scenarios(bet: Bet) -> GameScenarios:
    """Scenarios of a game with one bet: its own three outcomes, no joint distribution needed."""
    weights = np.array([1 - bet.win - bet.push, bet.push, bet.win])
    returns = np.array([-1.0, 0.0, bet.decimal_odds - 1])
    kept = weights > 0
    return GameScenarios(weights[kept], returns[kept, np.newaxis])


def joint_scenarios(bets: Sequence[Bet], run_distribution: FloatArray) -> GameScenarios:
    """Scenarios of a game with several bets, correlated through the joint distribution of runs.

    Cells of the run distribution that decide all bets alike are one scenario (at most 3 ** bets, in practice a dozen
    for three markets). The weights are then raked (Deming & Stephan 1940) so that each bet wins and pushes with its
    own final probability: the run model gives the dependence, the anchored forecast the margins.

    Args:
        bets: the bets of one game.
        run_distribution: P(home runs = i, away runs = j), summing to 1.

    Raises:
        IncompatibleProbabilities: no weights on the run distribution's support have the bets' probabilities.
    """
    runs = np.indices(run_distribution.shape)
    home_runs, away_runs = runs[0].astype(np.float64), runs[1].astype(np.float64)
    cell = np.zeros(run_distribution.shape, dtype=np.intp)
    for bet in bets:
        cell = 3 * cell + 1 + np.sign(bet_margin(bet, home_runs, away_runs)).astype(np.intp)
    mass = np.bincount(cell.ravel(), weights=run_distribution.ravel(), minlength=3 ** len(bets))
    kept = np.flatnonzero(mass > 0)
    outcome = np.array(list(product((LOSE, PUSH, WIN), repeat=len(bets))), dtype=np.intp)[kept]
    weights = _raked(mass[kept] / mass.sum(), outcome, bets)
    payoff = np.array([[-1.0, 0.0, bet.decimal_odds - 1] for bet in bets])
    return GameScenarios(weights, payoff[np.arange(len(bets)), outcome])


def _raked(weights: FloatArray, outcome: NDArray[np.intp], bets: Sequence[Bet]) -> FloatArray:
    targets = np.array([[1 - bet.win - bet.push, bet.push, bet.win] for bet in bets])
    members = np.stack([np.equal(outcome.T, result) for result in (LOSE, PUSH, WIN)], axis=1).astype(np.float64)
    # Below a ten-thousandth of a point nothing a stake depends on moves; opposite sides of a market agree within float.
    tolerance, sweeps = 1e-10, 200
    for _ in range(sweeps):
        worst = 0.0
        for column, (target, member) in enumerate(zip(targets, members, strict=True)):
            current = member @ weights
            worst = max(worst, float(np.abs(current - target).max()))
            if ((current <= 0) & (target > 1e-9)).any():
                raise IncompatibleProbabilities(f"{bets[column]} needs an outcome that its run distribution rules out")
            factor = np.divide(target, current, out=np.zeros(3), where=current > 0)
            weights = weights * factor[outcome[:, column]]
        if worst < tolerance:
            break
    if worst > 1e-6:
        raise IncompatibleProbabilities(
            f"no joint distribution has all of these probabilities (off by {worst:.2g}): {list(bets)}"
        )
    return np.asarray(weights / weights.sum(), dtype=np.float64)
