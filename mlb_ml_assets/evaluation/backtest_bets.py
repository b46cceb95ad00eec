"""What bets at the decision price would have done, for a verdict.

Belongs here: both sides of every priced game with EV, closing line value and profit; thresholds; the placebo.
Not here: stakes, limits, books, settlement by era (betting/): here every bet is one unit at the archive's own price.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.evaluation.scores import clustered
from mlb_ml_assets.modeling.design import column
from mlb_ml_assets.pricing.odds import american_to_decimal

Floats = NDArray[np.float64]
# (replay rows of one stage, market) -> game_id, game_date, side, ev, clv, profit; both sides of each priced game.
Bets = Callable[[pd.DataFrame, str], pd.DataFrame]

THRESHOLDS = (0.0, 0.02, 0.04)
BET_COLUMNS = ("game_id", "game_date", "side", "ev", "clv", "profit")
ODDS = {
    "moneyline": ("market_home_odds", "market_away_odds"),
    "total": ("market_over_odds", "market_under_odds"),
}


def bets_at_decision(rows: pd.DataFrame, market: str) -> pd.DataFrame:
    """Both sides of every game with a two-sided decision price (American odds in the columns of ODDS).

    EV and profit per unit staked, pushes included; CLV is the EV of the taken price under the no-vig close at the bet's
    own number, NaN without a close. No spread bets: archives hold no opening run line.
    """
    if market not in ODDS or not all(name in rows.columns for name in ODDS[market]):
        return pd.DataFrame({name: [] for name in BET_COLUMNS})
    first, second = (_decimal(column(rows, name)) for name in ODDS[market])
    if market == "moneyline":
        sides = ("home", "away")
        win, push = column(rows, "anchored_home_ml"), np.zeros(len(rows))
        close = 0.5 * (1.0 + np.tanh(0.5 * column(rows, "close_home_logit")))
        close_push = push
        won, pushed = column(rows, "home_win"), np.zeros(len(rows), dtype=bool)
    else:
        sides = ("over", "under")
        win, push = column(rows, "anchored_total_over"), column(rows, "push_total_over")
        close, close_push = column(rows, "close_over_at_line"), column(rows, "close_push_at_line")
        runs = column(rows, "home_score") + column(rows, "away_score")
        line = column(rows, "market_total_line")
        won, pushed = np.where(np.isfinite(runs), runs > line, np.nan).astype(np.float64), runs == line
    parts = []
    for side, price, chance, fair, hit in (
        (sides[0], first, win, close, won),
        (sides[1], second, 1.0 - win, 1.0 - close, 1.0 - won),
    ):
        parts.append(
            pd.DataFrame(
                {
                    "game_id": rows.game_id.to_numpy(),
                    "game_date": rows.game_date.to_numpy(),
                    "side": side,
                    "ev": (1.0 - push) * (chance * price - 1.0),
                    "clv": (1.0 - close_push) * (fair * price - 1.0),
                    "profit": np.where(pushed, 0.0, hit * price - 1.0),
                }
            )
        )
    bets = pd.concat(parts, ignore_index=True)
    return bets[bets.ev.notna() & bets.profit.notna()].reset_index(drop=True)


def summarise(bets: pd.DataFrame, thresholds: Sequence[float] = THRESHOLDS) -> list[dict[str, object]]:
    """Per threshold: n, claimed EV, CLV and ROI with day-clustered SE, and the share that beat the close."""
    return [{"ev_min": threshold, **_summary(bets[bets.ev > threshold])} for threshold in thresholds]


def placebo(bets: pd.DataFrame) -> dict[str, object]:
    """Side by the parity of the game's id: through the same harness it must lose the margin, or the harness leaks."""
    first = bets.side.isin(["home", "over"])
    return _summary(bets[first == (bets.game_id % 2 == 0)])


def _summary(bets: pd.DataFrame) -> dict[str, object]:
    days = bets.game_date.to_numpy()
    value, profit = bets.clv.to_numpy(np.float64), bets.profit.to_numpy(np.float64)
    priced = value[np.isfinite(value)]
    return {
        "n": len(bets),
        "claimed_ev": float(bets.ev.mean()) if len(bets) else None,
        "clv": clustered(value, days).to_dict(),
        "roi": clustered(profit, days).to_dict(),
        "beat_close": float((priced > 0).mean()) if len(priced) else None,
    }


def _decimal(american: Floats) -> Floats:
    return np.asarray(american_to_decimal(american), dtype=np.float64)
