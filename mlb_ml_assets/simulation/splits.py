"""What the public bets on: shares of tickets and of money, growing until the game.

Belongs here: the public's shares by game, market and instant.
Not here: prices (quotes.py), the shape in which a source prints a split (payloads).

Tickets follow favorites and overs. Money leans, beyond that, to the side that the market underprices: some
bettors are informed.
"""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from mlb_ml_assets.simulation.config import Stream
from mlb_ml_assets.simulation.market import HOURS, OPENING
from mlb_ml_assets.simulation.quotes import MARKET_KEYS
from mlb_ml_assets.simulation.timeline import Timeline

_FAVORITE_PULL, _OVER_PULL, _KNOWING_PULL = 1.3, 0.35, -3.0
_FIRST_HOURS = 1.5


@dataclass(frozen=True)
class Shares:
    """Percent (0..100) of tickets and of money on home or over, and the number of tickets."""

    tickets: float
    money: float
    count: int

    def rounded(self) -> tuple[int, int]:
        """Whole percents, tickets then money."""
        return round(self.tickets), round(self.money)


def shares(timeline: Timeline, row: int, market: str, now: datetime, *, crowd: int = 0) -> Shares | None:
    """Shares of one market at `now`; None in the first hour and a half, when nobody has bet.

    `crowd` says whose customers: 0 the consensus of all books, other numbers one book's.
    """
    start = timeline.instant(row, "market_start")
    pitch = timeline.instant(row, "first_pitch")
    assert start is not None
    assert pitch is not None
    open_for = (min(now, pitch) - (start - OPENING)).total_seconds() / 3600
    if open_for < _FIRST_HOURS:
        return None
    league = timeline.league
    random = league.config.stream(Stream.SPLITS, row, MARKET_KEYS.index(market), crowd)
    first, last, size = random.normal(0, 0.35, 2), random.normal(0, 0.35, 2), random.gamma(6, 3500)
    share = min(1.0, open_for / HOURS[0])
    belief = league.market
    if market == "total":
        pull = _OVER_PULL
        knowing = 0.0
    else:
        pull = _FAVORITE_PULL * float(belief.home_logit[row, 0])
        knowing = _KNOWING_PULL * float(np.interp(HOURS[0] * (1 - share), HOURS[::-1], belief.home_error[row, ::-1]))
        if market == "spread":
            # Few lay a run and a half: the underdog's +1.5 gets its share.
            pull -= 0.5 * float(np.sign(pull))
    drift = first * (1 - share) + last * share
    tickets, money = pull + drift[0], 0.9 * pull + 0.6 * drift[0] + knowing + 0.8 * drift[1]
    return Shares(
        tickets=_percent(tickets),
        money=_percent(money),
        count=int(size * share**2) + 3,
    )


def _percent(log_odds: float) -> float:
    return float(np.clip(100 / (1 + np.exp(-log_odds)), 1, 99))
