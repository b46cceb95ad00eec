"""What a bet's price was worth at the close.

Belongs here: closing line value as expected value, probability and price, each with its unit, at the bet's own number.
Not here: find the close (warehouse/), or summarise over bets (performance.py, market_comparison.py).
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.betting import closing_distribution as shapes
from mlb_ml_assets.pricing.consensus import market_line

FloatArray = NDArray[np.float64]
RunDistribution = Callable[[int], FloatArray | None]
CLOSE_COLUMNS = ("game_id", "market_type", "market_line", "fair_probability", "first_odds", "second_odds", "book")
# Older than this a price may have been gone at first pitch.
MAXIMUM_AGE_MINUTES = 15.0
NO_CLOSE = "no close"
IN_PLAY = "in-play"
TOO_OLD = "too old"


class IncompleteCloses(ValueError):
    """A frame of bets or closes that lacks a column, or a market with two closes; the message names it."""


def closing_line_value(
    bets: pd.DataFrame, closes: pd.DataFrame, run_distribution: RunDistribution | None = None
) -> pd.DataFrame:
    """Closing line value of bets, one row a bet.

    A bet's own number is priced under the closing distribution: the game's distribution of runs, bent until it agrees
    with the closing price at the closing number. So a bet over 8 before the number went to 9 is credited for the move,
    and pushes count. Prices of different numbers are never compared.

    Args:
        bets: game_id, market_type, side, decimal_odds, line_value (the bettor's own number, NaN for a moneyline).
        closes: one row a game and market with `CLOSE_COLUMNS`: market_line is the home side's run line or the total,
            fair_probability the no-vig one of home or over given no push, odds decimal. Optional: age_minutes (first
            pitch minus when the price was last seen; NaN where it stood until changed), in_play.
        run_distribution: P(home runs, away runs) of a game, or None where there is none; then a fitted shape stands in.

    Returns:
        The index of `bets` with close_status ("close", "no close", "in-play", "too old"), closing_book, closing_odds
        (decimal, of the side), closing_line (the side's own number), closing_probability (of the side at the bet's
        number, given no push), clv_expected_value (per unit staked, pushes included), clv_probability (closing
        probability minus break-even 1/d) and clv_price (taken over closing decimal price, minus 1; NaN if the number
        moved). NaN throughout where there is no close.

    Raises:
        IncompleteCloses: a missing column, or two closes of one market.
    """
    missing = [column for column in CLOSE_COLUMNS if column not in closes]
    if missing:
        raise IncompleteCloses(f"closes lack the columns {missing}")
    if closes.duplicated(["game_id", "market_type"]).any():
        row = closes[closes.duplicated(["game_id", "market_type"])].iloc[0]
        raise IncompleteCloses(f"two closes for game {row['game_id']} {row['market_type']}")
    optional = {"age_minutes": np.nan, "in_play": False}
    known = closes.assign(**{name: value for name, value in optional.items() if name not in closes})
    made = bets[["game_id", "market_type", "side", "decimal_odds", "line_value"]].reset_index(drop=True)
    rows = made.assign(number=market_line(made)).merge(
        known[[*CLOSE_COLUMNS, *optional]], on=["game_id", "market_type"], how="left"
    )
    status = np.select(
        [rows["fair_probability"].isna(), rows["in_play"].eq(other=True), rows["age_minutes"] > MAXIMUM_AGE_MINUTES],
        [NO_CLOSE, IN_PLAY, TOO_OLD],
        default="close",
    )
    usable = status == "close"
    first = rows["side"].isin(["home", "over"]).to_numpy()
    win, push = np.full(len(rows), np.nan), np.full(len(rows), np.nan)
    win[usable], push[usable] = _at_own_number(rows[usable], run_distribution)
    win = np.where(first, win, 1 - win - push)
    price = rows["decimal_odds"].to_numpy(np.float64)
    closing_odds = np.where(first, rows["first_odds"], rows["second_odds"]).astype(np.float64)
    moneyline = (rows["market_type"] == "moneyline").to_numpy()
    same_number = moneyline | (rows["number"] == rows["market_line"]).to_numpy()
    away_spread = (rows["market_type"] == "spread").to_numpy() & ~first
    line = rows["market_line"].to_numpy(np.float64)
    given = win / (1 - push)
    valued = pd.DataFrame(index=bets.index)
    valued["close_status"] = status
    valued["closing_book"] = rows["book"].where(usable, None).to_numpy()
    valued["closing_odds"] = np.where(usable, closing_odds, np.nan)
    valued["closing_line"] = np.where(usable & ~moneyline, np.where(away_spread, -line, line), np.nan)
    valued["closing_probability"] = given
    valued["clv_expected_value"] = win * price + push - 1
    valued["clv_probability"] = given - 1 / price
    valued["clv_price"] = np.where(usable & same_number, price / closing_odds - 1, np.nan)
    return valued


def _at_own_number(rows: pd.DataFrame, run_distribution: RunDistribution | None) -> tuple[FloatArray, FloatArray]:
    """Win and push probability of home or over at the bet's number, under the closing distribution."""
    fair = rows["fair_probability"].to_numpy(np.float64)
    number, closing = rows["number"].to_numpy(np.float64), rows["market_line"].to_numpy(np.float64)
    win, push = fair.copy(), np.zeros(fair.size)
    market = rows["market_type"].to_numpy()
    for market_type in ("total", "spread"):
        # A half number that did not move cannot push and is priced already.
        needed = (market == market_type) & ~((number == closing) & (np.mod(closing, 1) == 0.5))
        where = np.flatnonzero(needed)
        if where.size == 0:
            continue
        sign = 1.0 if market_type == "total" else -1.0
        games = rows["game_id"].to_numpy()[where]
        shape, support = _shapes(market_type, games, run_distribution)
        bent = shapes.tilted_to_close(shape, support, sign * closing[where], fair[where])
        win[where], push[where] = _own_outcome(bent, support, sign * number[where])
    return win, push


def _shapes(
    market_type: str, games: NDArray[np.int64], run_distribution: RunDistribution | None
) -> tuple[FloatArray, FloatArray]:
    """Distributions of what the market counts: total runs, or home minus away (home -1.5 asks for above 1.5)."""
    if market_type == "total":
        support, default = np.arange(shapes.LARGEST_TOTAL + 1, dtype=np.float64), shapes.total_shape()
        reduce = shapes.total_distribution
    else:
        support = np.arange(-shapes.LARGEST_MARGIN, shapes.LARGEST_MARGIN + 1, dtype=np.float64)
        default, reduce = shapes.margin_shape(), shapes.margin_distribution
    if run_distribution is None:
        return default, support
    known: dict[int, FloatArray] = {}
    for game in np.unique(games).tolist():
        runs = run_distribution(int(game))
        known[game] = default if runs is None else reduce(runs)
    return np.stack([known[game] for game in games.tolist()]), support


def _own_outcome(bent: FloatArray, support: FloatArray, number: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Win and push at each number; quarter numbers are two half stakes on the neighbouring halves."""
    low, high = np.floor(number * 2) / 2, np.ceil(number * 2) / 2
    (win_low, push_low), (win_high, push_high) = (shapes.outcome_at(bent, support, edge) for edge in (low, high))
    return (win_low + win_high) / 2, (push_low + push_high) / 2
