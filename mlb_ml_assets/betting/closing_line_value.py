"""What a bet's price was worth at the close.

Belongs here: closing line value as expected value, probability and price, each with its unit, at the bet's own line.
Not here: find the close (warehouse/), or summarize over bets (evaluation/).
"""

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.betting.errors import BettingError
from mlb_ml_assets.betting.line_outcomes import count_distribution, default_shape, outcomes_at_line
from mlb_ml_assets.domain.markets import FIRST_SIDES, LINE_MARKET_KEYS, MONEYLINE, Market, market_of
from mlb_ml_assets.domain.time_rules import MAX_QUOTE_AGE
from mlb_ml_assets.pricing.consensus import market_line

FloatArray = NDArray[np.float64]
RunDistribution = Callable[[int], FloatArray | None]
CLOSE_COLUMNS = ("game_id", "market_type", "market_line", "fair_probability", "first_odds", "second_odds", "book")
CLOSED = "close"
NO_CLOSE = "no close"
IN_PLAY = "in-play"
TOO_OLD = "too old"
# The close that a value is measured at.
SHARP = "sharp"
MARKET = "market"
# Why an operator has no close where nothing of its market before first pitch is stored.
NOT_RECORDED = "not recorded"
_VALUES = ("clv_expected_value", "clv_probability", "clv_price")
_OPTIONAL = {"age_minutes": np.nan, "in_play": False}
_OPERATOR_KEYS = ["game_id", "market_type", "operator"]


class IncompleteCloses(BettingError):
    """A frame of bets or closes that lacks a column, or a market with two closes of one kind; the message names it."""


def closing_line_value(
    bets: pd.DataFrame, closes: pd.DataFrame, run_distribution: RunDistribution | None = None
) -> pd.DataFrame:
    """Closing line value of bets, one row a bet.

    A bet's own line is priced under the closing distribution: the game's distribution of runs, tilted until it agrees
    with the closing price at the closing line. So a bet over 8 before the line went to 9 is credited for the move, and
    pushes count. Prices of different lines are never compared.

    Args:
        bets: game_id, market_type, side, decimal_odds, line_value (the bettor's own line, NaN for a moneyline).
        closes: one row a game and market with `CLOSE_COLUMNS`: market_line is the home side's run line or the total,
            fair_probability the no-vig one of home or over given no push, odds decimal. Optional: age_minutes (first
            pitch minus when the price was last seen; NaN where a price holds until changed), in_play; operator: then
            one row a game, market and operator, and each bet, with its operator, is measured at the close of that one.
        run_distribution: P(home runs, away runs) of a game, or None where there is none; then a fitted shape is used.

    Returns:
        The index of `bets` with close_status ("close", "no close", "in-play", "too old"), closing_book, closing_odds
        (decimal, of the side), closing_line (the side's own line), closing_probability (of the side at the bet's line,
        given no push), clv_expected_value (per unit staked, pushes included), clv_probability (closing probability
        minus break-even 1/d) and clv_price (taken over closing decimal price, minus 1; NaN if the line moved). NaN
        throughout where there is no close.

    Raises:
        IncompleteCloses: a missing column, or two closes of one market.
    """
    rows = _with_closes(bets, closes)
    status = _status(rows)
    usable = status == CLOSED
    is_first = rows["side"].isin(FIRST_SIDES).to_numpy()
    win, push = _at_own_line(rows, usable, run_distribution)
    win = np.where(is_first, win, 1 - win - push)
    given = win / (1 - push)
    price = rows["decimal_odds"].to_numpy(np.float64)
    closing_odds = np.where(is_first, rows["first_odds"], rows["second_odds"]).astype(np.float64)
    has_line = (rows["market_type"] != MONEYLINE.key).to_numpy()
    same_line = ~has_line | (rows["own_line"] == rows["market_line"]).to_numpy()
    values = {
        "close_status": status,
        "closing_book": rows["book"].where(usable, None).to_numpy(),
        "closing_odds": np.where(usable, closing_odds, np.nan),
        "closing_line": np.where(usable & has_line, _line_of_side(rows), np.nan),
        "closing_probability": given,
        "clv_expected_value": win * price + push - 1,
        "clv_probability": given - 1 / price,
        "clv_price": np.where(usable & same_line, price / closing_odds - 1, np.nan),
    }
    return pd.DataFrame(values, index=bets.index)


def value_at_reference(market: pd.DataFrame, sharp: pd.DataFrame) -> pd.DataFrame:
    """Closing line value at the sharp close where a bet has one, else at the close of all books; both named.

    Args:
        market: what `closing_line_value` gives for the closes of all books.
        sharp: what it gives for the same bets and the closes of sharp books.

    Returns:
        `market` with its clv_ columns those of `sharp` where that has a close; clv_reference ("sharp", "market", None
        without either) and reference_probability (closing probability of the side at the sharp close, NaN without).
    """
    has_sharp, has_market = (value["close_status"] == CLOSED for value in (sharp, market))
    values = {name: sharp[name].where(has_sharp, market[name]) for name in _VALUES}
    reference = np.select([has_sharp, has_market], [SHARP, MARKET], default="")
    return market.assign(
        **values,
        clv_reference=pd.Series(reference, index=market.index, dtype=object).where(reference != "", None),
        reference_probability=sharp["closing_probability"],
    )


def value_at_own_close(bets: pd.DataFrame, closes: pd.DataFrame) -> pd.DataFrame:
    """Closing line value of bets at the close of the operator whose price was taken.

    Args:
        bets: as for `closing_line_value`, with operator (None without a price) and is_played (first pitch is known).
        closes: as there, with operator, age_minutes (also of a market seen too long before) and reason (why there is no
            close, None where there is one; the close's columns are NaN then).

    Returns:
        The index of `bets` with own_closing_odds (decimal), own_closing_line, own_closing_probability and
        own_clv_expected_value as in `closing_line_value`, own_close_age_minutes, and no_own_close_reason: that of the
        close, "not recorded" where a played game has nothing of the operator, None otherwise.

    Raises:
        IncompleteCloses: a missing column, or two closes of one operator and market.
    """
    value = closing_line_value(bets, closes)
    found = bets[_OPERATOR_KEYS].merge(
        closes[[*_OPERATOR_KEYS, "age_minutes", "reason"]], on=_OPERATOR_KEYS, how="left", indicator=True
    )
    is_lacking = (found["_merge"] == "left_only") & bets["operator"].notna().to_numpy() & bets["is_played"].to_numpy()
    reason = found["reason"].where(~is_lacking, NOT_RECORDED)
    return pd.DataFrame(
        {
            "own_closing_odds": value["closing_odds"],
            "own_closing_line": value["closing_line"],
            "own_closing_probability": value["closing_probability"],
            "own_clv_expected_value": value["clv_expected_value"],
            "own_close_age_minutes": found["age_minutes"].to_numpy(np.float64),
            "no_own_close_reason": reason.where(reason.notna(), None).to_numpy(),
        },
        index=bets.index,
    )


def _with_closes(bets: pd.DataFrame, closes: pd.DataFrame) -> pd.DataFrame:
    """Bets in their order, each with its market's close and `own_line`, its line as the market counts it."""
    missing = [column for column in CLOSE_COLUMNS if column not in closes]
    if missing:
        raise IncompleteCloses(f"closes lack the columns {missing}")
    keys = [name for name in _OPERATOR_KEYS if name in closes]
    twice = closes.duplicated(keys)
    if twice.any():
        row = closes[twice].iloc[0]
        raise IncompleteCloses("two closes for game " + " ".join(str(row[name]) for name in keys))
    known = closes.assign(**{name: value for name, value in _OPTIONAL.items() if name not in closes})
    made = bets[[*keys, "side", "decimal_odds", "line_value"]].reset_index(drop=True)
    return made.assign(own_line=market_line(made)).merge(
        known[[*keys, *CLOSE_COLUMNS[2:], *_OPTIONAL]], on=keys, how="left"
    )


def _status(rows: pd.DataFrame) -> NDArray[np.str_]:
    too_old = rows["age_minutes"] > MAX_QUOTE_AGE / timedelta(minutes=1)
    return np.select(
        [rows["fair_probability"].isna(), rows["in_play"].eq(other=True), too_old],
        [NO_CLOSE, IN_PLAY, TOO_OLD],
        default=CLOSED,
    )


def _line_of_side(rows: pd.DataFrame) -> FloatArray:
    """The closing line as the side quotes it: `market_line` negates it for the second side of a run line, and back."""
    quoted = rows[["market_type", "side"]].assign(line_value=rows["market_line"].astype(np.float64))
    return market_line(quoted).to_numpy()


def _at_own_line(
    rows: pd.DataFrame, usable: NDArray[np.bool_], run_distribution: RunDistribution | None
) -> tuple[FloatArray, FloatArray]:
    """Win and push probability of home or over at the bet's line, under the closing distribution; NaN if not usable."""
    fair = rows["fair_probability"].to_numpy(np.float64)
    line, closing = rows["own_line"].to_numpy(np.float64), rows["market_line"].to_numpy(np.float64)
    win, push = np.where(usable, fair, np.nan), np.where(usable, 0.0, np.nan)
    # A half line that did not move cannot push and is priced already.
    is_priced = (line == closing) & (np.mod(closing, 1) == 0.5)
    for key in LINE_MARKET_KEYS:
        where = np.flatnonzero(usable & (rows["market_type"] == key).to_numpy() & ~is_priced)
        if where.size:
            market = market_of(key)
            shapes = _shapes(market, rows["game_id"].to_numpy()[where], run_distribution)
            win[where], push[where] = outcomes_at_line(market, shapes, closing[where], fair[where], line[where])
    return win, push


def _shapes(market: Market, games: NDArray[np.int64], run_distribution: RunDistribution | None) -> FloatArray:
    """Distributions of what the market counts: of each game's own runs where known, else the fitted shape."""
    if run_distribution is None:
        return default_shape(market)
    known: dict[int, FloatArray] = {}
    for game in np.unique(games).tolist():
        runs = run_distribution(int(game))
        known[game] = default_shape(market) if runs is None else count_distribution(market, runs)
    return np.stack([known[game] for game in games.tolist()])
