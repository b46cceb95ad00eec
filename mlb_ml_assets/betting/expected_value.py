"""Expected value of a price when a bet can win, push or lose.

Belongs here: EV per unit staked, break-even and minimum prices, and the step between a probability given no push (as
the tables store it) and the three outcomes that a bet has.
Not here: stakes (kelly.py, slate.py), the choice of a book (recommendations.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlb_ml_assets.betting.errors import BettingError

FloatArray = NDArray[np.float64]


class ImpossibleOutcome(BettingError):
    """Win, push and lose probabilities that are not a distribution; the message carries the offending values."""


@dataclass(frozen=True)
class Outcomes:
    """Win, push and lose probabilities of bets, arrays of one shape that sum to 1."""

    win: FloatArray
    push: FloatArray
    lose: FloatArray

    @classmethod
    def of(cls, win: ArrayLike, push: ArrayLike = 0.0) -> "Outcomes":
        """Outcomes from unconditional win and push probabilities; NaN means unknown and stays NaN.

        Raises:
            ImpossibleOutcome: a probability outside 0..1, or win + push above 1.
        """
        won, pushed = np.broadcast_arrays(np.asarray(win, dtype=np.float64), np.asarray(push, dtype=np.float64))
        wrong = (won < 0) | (pushed < 0) | (won + pushed > 1 + 1e-12)
        if wrong.any():
            position = int(np.argmax(wrong))
            raise ImpossibleOutcome(
                f"win {float(won.flat[position])} and push {float(pushed.flat[position])} at position {position} "
                "are not probabilities of one bet"
            )
        return cls(won, pushed, np.maximum(1 - won - pushed, 0.0))

    @classmethod
    def given_no_push(cls, probability: ArrayLike, push: ArrayLike = 0.0) -> "Outcomes":
        """Outcomes from the probability of winning given that the bet does not push, as the tables store it.

        Raises:
            ImpossibleOutcome: a probability outside 0..1.
        """
        given = np.asarray(probability, dtype=np.float64)
        pushed = np.asarray(push, dtype=np.float64)
        wrong = (given < 0) | (given > 1)
        if wrong.any():
            raise ImpossibleOutcome(f"probability given no push {float(given[wrong].flat[0])} is not in 0..1")
        return cls.of(given * (1 - pushed), pushed)

    @property
    def probability(self) -> FloatArray:
        """Of winning given no push; 0 where a bet can only push."""
        decided = self.win + self.lose
        return np.divide(self.win, decided, out=np.zeros(decided.shape), where=decided > 0)


def expected_value(outcomes: Outcomes, decimal_odds: ArrayLike) -> FloatArray:
    """Expected net profit per unit staked: win (d - 1) - lose; a push returns the stake."""
    net = np.asarray(decimal_odds, dtype=np.float64) - 1
    return outcomes.win * net - outcomes.lose


def decimal_for_value(outcomes: Outcomes, value: ArrayLike = 0.0) -> FloatArray:
    """Decimal odds at which a bet has the given expected value per unit; 0 gives the break-even price.

    Infinite where winning is impossible.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        net = (outcomes.lose + np.asarray(value, dtype=np.float64)) / outcomes.win
    # Without any chance of losing every price above 1 will do; 1 itself is no price.
    return 1 + np.maximum(net, 1e-4)
