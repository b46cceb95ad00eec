"""From an optimal stake to the one that is placed: shrink, fraction, caps, in that order, each step kept.

Belongs here: the limits as one typed object and their application to stakes.
Not here: the optimum itself (slate_optimum.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Codes = NDArray[np.intp]
# curated.ml_predictions refuses Kelly fractions above this.
DATABASE_CAP = 0.25


@dataclass(frozen=True)
class StakeLimits:
    """How much of the optimal stake is placed. Fractions of bankroll unless noted otherwise.

    Attributes:
        kelly_fraction: share of the shrunk Kelly stake; a quarter keeps 44% of growth and makes halving the bankroll
            an event of .8% (Thorp 2006).
        per_bet, per_game, per_day, per_book: the caps, in the order in which they cut.
        budget: largest sum of stakes that the optimiser itself may consider.
        minimum_stake: below it a bet is not worth placing and becomes 0.
        assumed_probability_sd: standard error of a final probability where none is given, in probability.
    """

    kelly_fraction: float = 0.25
    per_bet: float = 0.02
    per_game: float = 0.03
    per_day: float = 0.15
    per_book: float = 0.10
    budget: float = 1.0
    minimum_stake: float = 0.0005
    assumed_probability_sd: float = 0.01

    def __post_init__(self) -> None:
        for name in ("kelly_fraction", "per_bet", "per_game", "per_day", "per_book", "budget"):
            value = getattr(self, name)
            if not 0 < value <= 1:
                raise ValueError(f"{name} must be in (0, 1], got {value}")
        for name in ("minimum_stake", "assumed_probability_sd"):
            value = getattr(self, name)
            if not 0 <= value < 1:
                raise ValueError(f"{name} must be in [0, 1), got {value}")


@dataclass(frozen=True)
class CommittedStakes:
    """What earlier decisions have already placed and the caps must leave room for: per game, per book, and in all."""

    game: FloatArray
    book: FloatArray
    day: float

    @classmethod
    def none(cls, games: int, books: int) -> "CommittedStakes":
        """Nothing placed yet, for that many games and books."""
        return cls(np.zeros(games), np.zeros(books), 0.0)


def limited_stakes(
    stakes: FloatArray,
    uncertainty: FloatArray,
    game: Codes,
    book: Codes,
    limits: StakeLimits,
    committed: CommittedStakes,
) -> dict[str, FloatArray]:
    """Stakes after every step, in the order in which the steps are taken.

    A cap over several bets scales all of them by one factor, so that it never changes which of them is the larger.

    Args:
        stakes: optimal stakes (n,).
        uncertainty: shrinkage factors in 0..1 (n,).
        game: codes 0.. of the bets' games, as in `committed.game`.
        book: codes 0.. of the bets' books (operators), as in `committed.book`.
        limits: the limits.
        committed: what is placed already.

    Returns:
        "kelly_slate", "uncertainty", "fraction", "bet_cap", "game_cap", "day_cap", "book_cap", "database_cap" and
        "minimum": the stakes after each, so the last is what to place.
    """
    steps = {"kelly_slate": stakes, "uncertainty": stakes * uncertainty}
    steps["fraction"] = steps["uncertainty"] * limits.kelly_fraction
    steps["bet_cap"] = np.minimum(steps["fraction"], limits.per_bet)
    steps["game_cap"] = _scaled_to_room(steps["bet_cap"], game, limits.per_game - committed.game)
    one_group = np.zeros(stakes.size, dtype=np.intp)
    steps["day_cap"] = _scaled_to_room(steps["game_cap"], one_group, np.array([limits.per_day - committed.day]))
    steps["book_cap"] = _scaled_to_room(steps["day_cap"], book, limits.per_book - committed.book)
    steps["database_cap"] = np.minimum(steps["book_cap"], DATABASE_CAP)
    placed = steps["database_cap"]
    steps["minimum"] = np.where(placed >= limits.minimum_stake, placed, 0.0)
    return steps


def _scaled_to_room(stakes: FloatArray, group: Codes, room: FloatArray) -> FloatArray:
    wanted = np.bincount(group, weights=stakes, minlength=room.size)
    left = np.maximum(room, 0.0)
    factor = np.divide(left, wanted, out=np.ones(room.size), where=wanted > left)
    return np.asarray(stakes * factor[group], dtype=np.float64)
