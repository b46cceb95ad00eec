"""What betting would have earned: returns and closing line value by threshold, and the placebo.

Belongs here: one summary of any set of settled bets, tables of it, and a replay's bets at the decision price.
Not here: choose or settle bets (betting/), equity over time (bankroll.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.betting.settlement import unit_return
from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.domain.markets import FIRST_SIDES, MONEYLINE, TOTAL, market_of
from mlb_ml_assets.evaluation.bankroll import drawdown
from mlb_ml_assets.evaluation.clustered import Estimate, Line, clustered_line, clustered_mean, finite_or_none
from mlb_ml_assets.modeling.design import column
from mlb_ml_assets.pricing.odds import american_to_decimal

Floats = NDArray[np.float64]
# (replay rows of one stage, market) -> SIDE_COLUMNS; both sides of each priced game.
Bets = Callable[[pd.DataFrame, str], pd.DataFrame]

THRESHOLDS = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05)
SIDE_COLUMNS = ("game_id", "game_date", "side", "expected_value", "clv_expected_value", "unit_return")
_FLAT_STAKE = 0.01


@dataclass(frozen=True)
class BetSummary:
    """Results of a set of bets of one unit each.

    Attributes:
        n: bets.
        claimed: mean expected value at bet time; NaN without a bet.
        roi, clv: mean return and mean closing line value per unit staked, errors clustered by day.
        beat_close: share with positive closing line value among those with a close; NaN without one.
        drawdown: largest fall of a line of flat 1% stakes, as a share of its peak.
    """

    n: int
    claimed: float
    roi: Estimate
    clv: Estimate
    beat_close: float
    drawdown: float

    def to_dict(self) -> dict[str, object]:
        """For a verdict's JSON; unknown is None."""
        return {
            "n": self.n,
            "claimed_ev": finite_or_none(self.claimed),
            "clv": self.clv.to_dict(),
            "roi": self.roi.to_dict(),
            "beat_close": finite_or_none(self.beat_close),
        }


def summarize_bets(bets: pd.DataFrame) -> BetSummary:
    """The summary of bets with `SIDE_COLUMNS`, settled and without voids."""
    days = pd.to_datetime(bets["game_date"])
    clv = bets["clv_expected_value"].to_numpy(np.float64)
    known = clv[np.isfinite(clv)]
    daily = _FLAT_STAKE * bets["unit_return"].groupby(days).sum().sort_index()
    return BetSummary(
        n=len(bets),
        claimed=float(bets["expected_value"].mean()) if len(bets) else float("nan"),
        roi=clustered_mean(bets["unit_return"], days),
        clv=clustered_mean(clv, days),
        beat_close=float((known > 0).mean()) if known.size else float("nan"),
        drawdown=drawdown(1 + daily.cumsum()).share,
    )


def settled_sides(recommendations: pd.DataFrame) -> pd.DataFrame:
    """Priced and settled sides, voids left out, with unit_return.

    Args:
        recommendations: rows as in curated.ml_recommendations with decimal_odds, result, game_id and game_date.
    """
    decided = recommendations["result"].notna() & (recommendations["result"] != "void")
    sides = recommendations[decided & recommendations["decimal_odds"].notna()]
    return sides.assign(unit_return=unit_return(sides["result"], sides["decimal_odds"]))


def placebo_sides(sides: pd.DataFrame) -> pd.DataFrame:
    """One side of every priced market, chosen by whether the game id is even: what no knowledge earns.

    Through the same harness it must show minus the vig, in CLV and in profit; anything else is a fault of the harness
    (stale quotes, closes that are none, a leak).

    Args:
        sides: both sides of every market with game_id and side, bet or not; decimal_odds where some have no price.
    """
    is_first = sides["side"].isin(FIRST_SIDES)
    is_even = sides["game_id"].astype(np.int64) % 2 == 0
    priced = sides["decimal_odds"].notna() if "decimal_odds" in sides else True
    return sides[(is_first == is_even) & priced]


def results_by_threshold(
    sides: pd.DataFrame,
    by: Sequence[str] = ("market_type", "season"),
    thresholds: Sequence[float] = THRESHOLDS,
) -> pd.DataFrame:
    """Flat-stake results of betting every side from a threshold of expected value on.

    Args:
        sides: rows with `SIDE_COLUMNS` and the columns of `by`.
        by: groups; an empty sequence gives one table over everything.
        thresholds: smallest expected value per unit staked.

    Returns:
        One row a group and threshold: bets, claimed, roi, roi_se, clv, clv_se, beat_close and drawdown as in
        `BetSummary`. Groups without a bet are left out.
    """
    rows = []
    for threshold in thresholds:
        chosen = sides[sides["expected_value"] >= threshold]
        for names, bets in chosen.groupby(list(by), sort=True) if by else [((), chosen)]:
            if bets.empty:
                continue
            found = summarize_bets(bets)
            results = {
                "bets": found.n, "claimed": found.claimed, "roi": found.roi.mean, "roi_se": found.roi.se,
                "clv": found.clv.mean, "clv_se": found.clv.se, "beat_close": found.beat_close,
                "drawdown": found.drawdown,
            }  # fmt: skip
            rows.append({**dict(zip(by, names, strict=True)), "threshold": threshold, **results})
    return pd.DataFrame(rows).sort_values([*by, "threshold"], ignore_index=True) if rows else pd.DataFrame()


def profit_on_closing_line_value(sides: pd.DataFrame) -> Line:
    """Least squares of return per unit on CLV, errors clustered by game: a slope near 1 makes CLV the measure.

    .987 +- .105 with intercept -.0005 +- .004 on 56,028 sides of 2010-2021 at the opening price.
    """
    return clustered_line(sides["clv_expected_value"], sides["unit_return"], sides["game_id"])


@dataclass(frozen=True)
class _DecisionPrices:
    """Where a replay's rows keep a market's decision price, and the first side's chance now and at the close."""

    first_odds: str
    second_odds: str
    win: str
    push: str | None
    close: str
    close_push: str | None


_DECISION_PRICES: dict[str, _DecisionPrices] = {
    MONEYLINE.key: _DecisionPrices(
        "market_home_odds", "market_away_odds", "anchored_home_ml", None, "close_home_logit", None
    ),
    TOTAL.key: _DecisionPrices(
        "market_over_odds", "market_under_odds", "anchored_total_over", "push_total_over", "close_over_at_line",
        "close_push_at_line",
    ),
}  # fmt: skip


def bets_at_decision(rows: pd.DataFrame, market: str) -> pd.DataFrame:
    """Both sides of every game of a replay with a two-sided decision price (American), as `SIDE_COLUMNS`.

    EV and return per unit staked, pushes included; CLV is the EV of the taken price under the no-vig close at the bet's
    own line, NaN without a close. No spread bets: archives hold no opening run line.
    """
    prices = _DECISION_PRICES.get(market)
    if prices is None or not {prices.first_odds, prices.second_odds} <= set(rows.columns):
        return pd.DataFrame({name: [] for name in SIDE_COLUMNS})
    none = np.zeros(len(rows))
    push = none if prices.push is None else column(rows, prices.push)
    close_push = none if prices.close_push is None else column(rows, prices.close_push)
    close = column(rows, prices.close)
    if market == MONEYLINE.key:
        close, won, pushed = expit(close), column(rows, "home_win"), none > 0
    else:
        runs, line = column(rows, "home_score") + column(rows, "away_score"), column(rows, "market_total_line")
        won, pushed = np.where(np.isfinite(runs), runs > line, np.nan).astype(np.float64), runs == line
    win = column(rows, prices.win)
    first, second = market_of(market).sides
    parts = []
    for side, odds, chance, fair, hit in (
        (first, prices.first_odds, win, close, won),
        (second, prices.second_odds, 1.0 - win, 1.0 - close, 1.0 - won),
    ):
        price = american_to_decimal(column(rows, odds))
        values = {
            "game_id": rows.game_id.to_numpy(),
            "game_date": rows.game_date.to_numpy(),
            "side": side,
            "expected_value": (1.0 - push) * (chance * price - 1.0),
            "clv_expected_value": (1.0 - close_push) * (fair * price - 1.0),
            "unit_return": np.where(pushed, 0.0, hit * price - 1.0),
        }
        parts.append(pd.DataFrame(values))
    bets = pd.concat(parts, ignore_index=True)
    return bets[bets["expected_value"].notna() & bets["unit_return"].notna()].reset_index(drop=True)
