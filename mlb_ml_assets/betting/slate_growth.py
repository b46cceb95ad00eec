"""Expected log growth of a slate of bets on independent games, exactly, with gradient and Hessian.

Belongs here: two evaluations of the same function: by enumeration of every combination of scenarios, and by quadrature
over games, whose cost grows with the number of games and not with the number of combinations.
Not here: search for the best stakes (slate_optimum.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.betting.slate_scenarios import GameScenarios

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """Expected log growth (nats) at some stakes, its gradient (n,) and its Hessian (n, n)."""

    value: float
    gradient: FloatArray
    hessian: FloatArray


class SlateGrowth(Protocol):
    """The function to be maximized over stakes (n,): bets in the order of the games, then of each game's columns."""

    bets: int

    def at(self, stakes: FloatArray) -> Growth:
        """Growth, gradient and Hessian at stakes whose worst loss is below 1."""
        ...

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """Mean net returns (n,) and their second moments (n, n), for the mean-variance approximation."""
        ...


class EnumeratedGrowth:
    """Every combination of every game's scenarios, one by one."""

    def __init__(self, games: Sequence[GameScenarios]) -> None:
        weights, returns = np.ones(1), np.zeros((1, 0))
        for game in games:
            count = weights.size
            weights = np.repeat(weights, game.weights.size) * np.tile(game.weights, count)
            returns = np.hstack([np.repeat(returns, game.weights.size, axis=0), np.tile(game.returns, (count, 1))])
        self._weights, self._returns = weights, returns
        self.bets = returns.shape[1]

    def at(self, stakes: FloatArray) -> Growth:
        """Growth, gradient and Hessian as plain sums."""
        wealth = 1 + self._returns @ stakes
        pull = self._weights / wealth
        hessian = -(self._returns.T * (pull / wealth)) @ self._returns
        return Growth(float(self._weights @ np.log(wealth)), self._returns.T @ pull, hessian)

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """First and second moments of the returns."""
        return self._weights @ self._returns, (self._returns.T * self._weights) @ self._returns


@cache
def _laguerre(nodes: int) -> tuple[FloatArray, FloatArray]:
    points, weights = np.polynomial.laguerre.laggauss(nodes)
    return points, np.log(weights)


class QuadratureGrowth:
    """The same sums without enumeration, by Gauss-Laguerre quadrature of an exact identity.

    With wealth W = 1 + X_1 + ... + X_G over independent games and any scale c > 0,

        E ln W = ln c + integral over t > 0 of (exp(-t) - exp(-t/c) prod_g E exp(-t X_g / c)) / t
        E 1/W  = 1/c integral of exp(-t W/c),   E 1/W^2 = 1/c^2 integral of t exp(-t W/c)

    so a product over games replaces a sum over combinations of games. The quadrature error falls as
    ((1 - u) / (1 + u)) ** (2 nodes) for an outcome with u = W / c: with 64 nodes and c the geometric middle of worst
    and best wealth it is below 1e-12 unless nearly everything is staked.
    """

    def __init__(self, games: Sequence[GameScenarios], nodes: int = 64) -> None:
        counts = [game.returns.shape[1] for game in games]
        shape = (len(games), max(game.weights.size for game in games), max(counts))
        self._weights = np.zeros(shape[:2])
        self._returns = np.zeros(shape)
        for index, game in enumerate(games):
            scenarios, bets = game.returns.shape
            self._weights[index, :scenarios] = game.weights
            self._returns[index, :scenarios, :bets] = game.returns
            # Padding repeats the first scenario at weight 0, so that it can be neither worst nor best.
            self._returns[index, scenarios:, :bets] = game.returns[0]
        self._slot = np.flatnonzero((np.arange(shape[2]) < np.array(counts)[:, np.newaxis]).ravel())
        self._game = self._slot // shape[2]
        self._nodes = nodes
        self.bets = self._slot.size

    def at(self, stakes: FloatArray) -> Growth:
        """Growth, gradient and Hessian by quadrature."""
        games, _, width = self._returns.shape
        padded = np.zeros(games * width)
        padded[self._slot] = stakes
        swing = np.matmul(self._returns, padded.reshape(games, width, 1))[..., 0]
        lowest = swing.min(axis=1)
        worst, best = 1 + lowest.sum(), 1 + swing.max(axis=1).sum()
        scale = float(np.sqrt(max(worst, 0.02) * best))
        points, log_weights = _laguerre(self._nodes)
        # exp(-t X / c) is taken relative to each game's worst scenario, so that nothing can overflow.
        decay = np.exp((lowest[:, np.newaxis] - swing)[..., np.newaxis] * (points / scale))
        decay *= self._weights[..., np.newaxis]
        game_mean = decay.sum(axis=1)
        tilted = np.matmul(self._returns.transpose(0, 2, 1), decay) / game_mean[:, np.newaxis, :]
        measure = np.exp(log_weights + points * (1 - worst / scale)) * game_mean.prod(axis=0)
        value = float(np.log(scale) + ((np.exp(log_weights) - measure) / points).sum())
        ratios = tilted.reshape(games * width, -1)[self._slot]
        gradient = ratios @ measure / scale
        hessian = -(ratios * (measure * points)) @ ratios.T / scale**2
        self._correct_same_game(hessian, decay / game_mean[:, np.newaxis, :], measure * points / scale**2)
        return Growth(value, gradient, hessian)

    def _correct_same_game(self, hessian: FloatArray, share: FloatArray, measure: FloatArray) -> None:
        """Two bets of one game share its scenarios: there the product of means gives way to the mean of the product."""
        width = self._returns.shape[2]
        scenario_pull = share @ measure
        blocks = np.matmul(self._returns.transpose(0, 2, 1) * scenario_pull[:, np.newaxis, :], self._returns)
        same = self._game[:, np.newaxis] == self._game
        column = self._slot % width
        hessian[same] = -blocks[self._game[:, np.newaxis], column[:, np.newaxis], column[np.newaxis, :]][same]

    def moments(self) -> tuple[FloatArray, FloatArray]:
        """First and second moments of the returns; between games the product of the means."""
        means = np.matmul(self._weights[:, np.newaxis, :], self._returns)[:, 0, :].ravel()[self._slot]
        blocks = np.matmul(self._returns.transpose(0, 2, 1) * self._weights[:, np.newaxis, :], self._returns)
        second = np.outer(means, means)
        same = self._game[:, np.newaxis] == self._game
        column = self._slot % self._returns.shape[2]
        second[same] = blocks[self._game[:, np.newaxis], column[:, np.newaxis], column[np.newaxis, :]][same]
        return means, second


# Below this many combinations the plain sums are as fast as the quadrature.
ENUMERATION_LIMIT = 1024


def slate_growth(games: Sequence[GameScenarios]) -> SlateGrowth:
    """The growth function of a slate: enumerated while small, by quadrature beyond `ENUMERATION_LIMIT` combinations."""
    combinations = 1
    for game in games:
        combinations *= game.weights.size
    return EnumeratedGrowth(games) if combinations <= ENUMERATION_LIMIT else QuadratureGrowth(games)
