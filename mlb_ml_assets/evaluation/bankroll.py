"""A season played back: the bankroll under the recorded stakes, under fractions of Kelly, flat, and by chance.

Belongs here: equity lines and drawdowns.
Not here: choose stakes (betting/slate.py), returns by threshold (bets.py), drawing (pictures.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
KELLY_FRACTIONS = (1.0, 0.5, 0.25, 0.125)


def equity_lines(
    bets: pd.DataFrame,
    placebo: pd.DataFrame | None = None,
    *,
    fractions: Sequence[float] = KELLY_FRACTIONS,
    flat_stake: float = 0.01,
) -> pd.DataFrame:
    """Bankroll after each betting day, starting from 1, one column a way of staking.

    "as placed" and the Kelly fractions compound: the bets of a day are staked at once on that morning's bankroll.
    "flat" and "placebo" stake `flat_stake` of the first bankroll on every bet and never compound.

    Args:
        bets: settled bets: game_date, stake, kelly_slate (fractions of bankroll), unit_return.
        placebo: settled placebo bets: game_date, unit_return.
        fractions: shares of the slate's full Kelly stakes.
        flat_stake: fraction of the first bankroll.

    Returns:
        Index game_date; columns "as placed", "full Kelly" or "c Kelly" each, "flat" and, if given, "placebo". A line
        that reaches zero stays there.
    """
    days = np.unique(pd.to_datetime(bets["game_date"]).to_numpy("datetime64[ns]"))
    if placebo is not None:
        days = np.union1d(days, pd.to_datetime(placebo["game_date"]).to_numpy("datetime64[ns]"))

    def daily(frame: pd.DataFrame, stakes: "pd.Series[float] | float") -> FloatArray:
        returns = stakes * frame["unit_return"].astype(np.float64).fillna(0.0)
        by_day = returns.groupby(pd.to_datetime(frame["game_date"])).sum().reindex(days, fill_value=0.0)
        return np.asarray(by_day, dtype=np.float64)

    stakes = {"as placed": bets["stake"].astype(np.float64)}
    for fraction in fractions:
        name = "full Kelly" if fraction == 1 else f"{fraction:g} Kelly"
        stakes[name] = fraction * bets["kelly_slate"].astype(np.float64)
    lines: dict[str, NDArray[Any]] = {
        name: np.cumprod(np.maximum(1 + daily(bets, staked), 0.0)) for name, staked in stakes.items()
    }
    lines["flat"] = 1 + np.cumsum(daily(bets, flat_stake))
    if placebo is not None:
        lines["placebo"] = 1 + np.cumsum(daily(placebo, flat_stake))
    return pd.DataFrame(lines, index=pd.DatetimeIndex(days, name="game_date"))


@dataclass(frozen=True)
class Drawdown:
    """The worst of an equity line that starts at 1.

    `share` is the largest fall from a peak as a share of the peak, `amount` the largest fall in units of the first
    bankroll, `days_under_water` the calendar days of the longest stretch below a former peak, and `share_under_water`
    the share of betting days that ended below one.
    """

    share: float
    amount: float
    days_under_water: int
    share_under_water: float


def falls(values: Sequence[float] | FloatArray) -> FloatArray:
    """How far each value of an equity line that starts at 1 is below the highest so far, as a share of that peak."""
    line = np.asarray(values, dtype=np.float64)
    return np.asarray(1 - line / np.maximum(np.maximum.accumulate(line), 1.0), dtype=np.float64)


def drawdown(line: pd.Series) -> Drawdown:
    """Drawdown of one column of `equity_lines`, indexed by day; the start counts as a peak."""
    values = line.to_numpy(np.float64)
    if not values.size:
        return Drawdown(0.0, 0.0, 0, 0.0)
    peaks = np.maximum(np.maximum.accumulate(values), 1.0)
    under = values < peaks - 1e-12
    days = pd.DatetimeIndex(line.index)
    longest, since = 0, None
    for day, below in zip(days, under, strict=True):
        since = (since if since is not None else day) if below else None
        if since is not None:
            longest = max(longest, (day - since).days + 1)
    return Drawdown(float(falls(values).max()), float((peaks - values).max()), longest, float(under.mean()))
