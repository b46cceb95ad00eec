"""A season played back: what the bankroll did under the real stakes, under fractions of Kelly, flat, and by chance.

Belongs here: equity lines, drawdowns, time under water, the chance of ruin, the placebo bets.
Not here: choose stakes (slate.py) or draw (equity_picture.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from mlb_ml_assets.betting.kelly import growth_share, probability_of_ever_falling_to

FloatArray = NDArray[np.float64]
KELLY_FRACTIONS = (1.0, 0.5, 0.25, 0.125)
_SHARE_OF_NET = {"win": 1.0, "half_win": 0.5, "push": 0.0, "half_loss": -0.5, "loss": -1.0, "void": 0.0}


class UnknownResult(ValueError):
    """A result that is none of the settled ones; the message carries it."""


def unit_return(result: pd.Series, decimal_odds: ArrayLike) -> FloatArray:
    """Net return per unit staked: d - 1 for a win, half of it for half a win, 0 for push and void, NaN while unsettled.

    Raises:
        UnknownResult: a word that is no result.
    """
    share = result.map(_SHARE_OF_NET).astype(np.float64)
    odd = result.notna() & share.isna()
    if odd.any():
        raise UnknownResult(f"no such result: {result[odd].iloc[0]!r}")
    values = share.to_numpy(np.float64)
    return np.where(values > 0, values * (np.asarray(decimal_odds, dtype=np.float64) - 1), values)


def placebo_bets(recommendations: pd.DataFrame) -> pd.DataFrame:
    """One bet on every priced market, its side decided by whether the game id is even: what no knowledge earns.

    Sent through the same harness it must show minus the vig, in CLV and in profit; anything else is a fault of the
    harness (stale quotes, closes that are none, a leak).

    Args:
        recommendations: both sides of every market with game_id, side and decimal_odds, bet or not.
    """
    first = recommendations["side"].isin(["home", "over"])
    even = recommendations["game_id"].astype(np.int64) % 2 == 0
    return recommendations[(first == even) & recommendations["decimal_odds"].notna()]


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
    day = pd.to_datetime(bets["game_date"])
    net = bets["unit_return"].astype(np.float64).fillna(0.0)
    days = np.unique(day.to_numpy("datetime64[ns]"))
    if placebo is not None:
        days = np.union1d(days, pd.to_datetime(placebo["game_date"]).to_numpy("datetime64[ns]"))
    ways = {"as placed": bets["stake"].astype(np.float64)}
    for fraction in fractions:
        name = "full Kelly" if fraction == 1 else f"{fraction:g} Kelly"
        ways[name] = fraction * bets["kelly_slate"].astype(np.float64)
    lines: dict[str, FloatArray] = {}
    for name, stakes in ways.items():
        daily = (stakes * net).groupby(day).sum().reindex(days, fill_value=0.0)
        lines[name] = np.asarray(np.cumprod(np.maximum(1 + daily.to_numpy(np.float64), 0.0)), dtype=np.float64)
    flat = (flat_stake * net).groupby(day).sum().reindex(days, fill_value=0.0)
    lines["flat"] = np.asarray(1 + np.cumsum(flat.to_numpy(np.float64)), dtype=np.float64)
    if placebo is not None:
        chance = flat_stake * placebo["unit_return"].astype(np.float64).fillna(0.0)
        by_day = chance.groupby(pd.to_datetime(placebo["game_date"])).sum().reindex(days, fill_value=0.0)
        lines["placebo"] = np.asarray(1 + np.cumsum(by_day.to_numpy(np.float64)), dtype=np.float64)
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


def drawdown(line: pd.Series) -> Drawdown:
    """Drawdown of one column of `equity_lines`; the start counts as a peak."""
    values = np.concatenate([[1.0], line.to_numpy(np.float64)])
    peaks = np.maximum.accumulate(values)
    under = values < peaks - 1e-12
    days = pd.DatetimeIndex(line.index)
    longest, since = 0, None
    for day, below in zip(days, under[1:], strict=True):
        since = (since if since is not None else day) if below else None
        if since is not None:
            longest = max(longest, (day - since).days + 1)
    return Drawdown(float((1 - values / peaks).max()), float((peaks - values).max()), longest, float(under[1:].mean()))


def ruin_bounds(
    fractions: Sequence[float] = KELLY_FRACTIONS, levels: Sequence[float] = (0.8, 0.5, 0.2)
) -> pd.DataFrame:
    """Chance of ever falling to each level, and the growth kept, by Kelly fraction (Thorp 2006, continuous limit)."""
    table = pd.DataFrame(
        {"growth_share": growth_share(np.array(fractions))}, index=pd.Index(fractions, name="fraction")
    )
    for level in levels:
        table[f"ever_at_{level:g}"] = probability_of_ever_falling_to(level, np.array(fractions))
    return table
