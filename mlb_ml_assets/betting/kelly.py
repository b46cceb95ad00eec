"""Kelly stakes of single bets.

Belongs here: closed forms with push, growth rates, the shrinkage for an uncertain probability, and the mean-variance
approximation.
Not here: many bets at once exactly (slate.py), limits on stakes (stake_limits.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlb_ml_assets.betting.expected_value import Outcomes, expected_value

FloatArray = NDArray[np.float64]
_LARGEST_STAKE = 0.999


def kelly_single(outcomes: Outcomes, decimal_odds: ArrayLike) -> FloatArray:
    """Growth-optimal fraction of bankroll for one bet on its own; 0 where the expected value is not positive.

    f = (p_w b - p_l) / (b (p_w + p_l)) with b = d - 1 (Kelly 1956, with the push left out of both sums).
    """
    net = np.asarray(decimal_odds, dtype=np.float64) - 1
    decided = outcomes.win + outcomes.lose
    with np.errstate(divide="ignore", invalid="ignore"):
        fraction = expected_value(outcomes, decimal_odds) / (net * decided)
    return np.where(np.isnan(fraction) & (decided > 0), np.nan, np.clip(np.nan_to_num(fraction), 0.0, 1.0))


def growth_single(outcomes: Outcomes, decimal_odds: ArrayLike, stake: ArrayLike) -> FloatArray:
    """Expected log growth of bankroll (nats) from one bet of `stake` (fraction of bankroll, below 1)."""
    net = np.asarray(decimal_odds, dtype=np.float64) - 1
    staked = np.asarray(stake, dtype=np.float64)
    return np.asarray(outcomes.win * np.log1p(staked * net) + outcomes.lose * np.log1p(-staked), dtype=np.float64)


def uncertainty_factor(probability: ArrayLike, probability_sd: ArrayLike, decimal_odds: ArrayLike) -> FloatArray:
    """Share of the Kelly stake that is right when the probability itself is only known to within `probability_sd`.

    e^2 / (e^2 + (d sd)^2) with e = d p - 1, the edge (Baker & McHale 2013, their closed approximation). The probability
    is the one given no push: pushes scale edge and uncertainty alike. 0 without an edge, NaN where anything is unknown.
    """
    price = np.asarray(decimal_odds, dtype=np.float64)
    edge = price * np.asarray(probability, dtype=np.float64) - 1
    noise = price * np.asarray(probability_sd, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        factor = np.where(edge > 0, edge**2 / (edge**2 + noise**2), 0.0)
    return np.where(np.isnan(edge) | np.isnan(noise), np.nan, factor)


@dataclass(frozen=True)
class SingleBets:
    """Bets each on its own: expected value per unit, Kelly stake, growth at it (nats), uncertainty factor."""

    value: FloatArray
    stake: FloatArray
    growth: FloatArray
    uncertainty: FloatArray

    @classmethod
    def of(cls, outcomes: Outcomes, decimal_odds: ArrayLike, probability_sd: ArrayLike) -> "SingleBets":
        """From the outcomes of bets, their prices, and the standard errors of their probabilities given no push."""
        stake = kelly_single(outcomes, decimal_odds)
        return cls(
            value=expected_value(outcomes, decimal_odds),
            stake=stake,
            # All of the bankroll has no growth: its logarithm of a loss is infinite.
            growth=growth_single(outcomes, decimal_odds, np.minimum(stake, _LARGEST_STAKE)),
            uncertainty=uncertainty_factor(outcomes.probability, probability_sd, decimal_odds),
        )


def mean_variance_stakes(mean: FloatArray, covariance: FloatArray, budget: float = 1.0) -> FloatArray:
    """Second-order approximation of the Kelly portfolio: covariance^-1 mean, none negative, within budget.

    Bets whose stake would be negative are dropped one at a time, worst first, and the rest solved again.

    Args:
        mean: expected net return per unit, one per bet.
        covariance: second moments E[R R'] of the returns (not centered: that is what ln(1 + x) expands into).
        budget: largest sum of stakes, as a fraction of bankroll.
    """
    stakes = np.zeros(mean.size)
    kept = np.flatnonzero(mean > 0)
    while kept.size:
        solved = np.linalg.lstsq(covariance[np.ix_(kept, kept)], mean[kept], rcond=None)[0]
        if (solved >= 0).all():
            stakes[kept] = solved
            break
        kept = np.delete(kept, int(np.argmin(solved)))
    total = float(stakes.sum())
    return stakes if total <= budget else stakes * (budget / total)
