"""Which quotes may be bet at the decision instant, and why the others may not.

Belongs here: the checks of a single quote, in their order, over the quotes of all books.
Not here: value or stakes (recommendations.py, slate.py).
"""

import numpy as np
import pandas as pd

from mlb_ml_assets.betting.betting_rules import QUOTE_CHECKS, BettingRules
from mlb_ml_assets.betting.errors import BettingError
from mlb_ml_assets.domain.markets import FIRST_SIDES
from mlb_ml_assets.pricing.consensus import NOT_A_MARKET, ONE_SIDED, market_line
from mlb_ml_assets.pricing.devig import devig_two_way
from mlb_ml_assets.pricing.odds import american_to_decimal

QUOTE_COLUMNS = ("game_id", "stage", "market_type", "side", "book", "odds", "line_value", "quoted_at", "bettable")
_SIDE = ["game_id", "stage", "market_type", "side"]


class IncompleteQuotes(BettingError):
    """A frame of quotes that cannot have been in effect at the decision; the message names the column or the quote."""


def judge_quotes(quotes: pd.DataFrame, decisions: pd.DataFrame, rules: BettingRules) -> pd.DataFrame:
    """Every quote of the decided markets with decimal odds and the first check it fails, if any.

    Args:
        quotes: the price of each book in effect at as_of: `QUOTE_COLUMNS`; odds are American, line_value is the side's
            own line, bettable whether the book takes bets (no consensus, no opener, no average). Optional: seen_at
            (last instant the price was seen, NaT where it holds until changed), down (the book is not taking bets),
            archive (an archive feed, one pseudo-book), operator.
        decisions: one row a game, stage and market: game_id, stage, market_type, as_of, market_line (home's run line or
            the total, NaN for a moneyline).
        rules: thresholds.

    Returns:
        Quotes joined with their decision; `check` is the position in `QUOTE_CHECKS` of the first failure, or
        len(QUOTE_CHECKS) where the quote may be bet.

    Raises:
        IncompleteQuotes: a missing column, a quote later than its as_of, or two of one book, side and line.
        ImpossiblePrice: odds that are no price.
    """
    missing = [column for column in QUOTE_COLUMNS if column not in quotes]
    if missing:
        raise IncompleteQuotes(f"quotes lack the columns {missing}")
    twice = quotes.duplicated([*_SIDE, "book", "line_value"])
    if twice.any():
        row = quotes[twice].iloc[0]
        raise IncompleteQuotes(
            f"two quotes of {row['book']} for game {row['game_id']} {row['market_type']} {row['side']}"
        )
    rows = quotes.assign(own_line=market_line(quotes)).merge(
        decisions[["game_id", "stage", "market_type", "as_of", "market_line"]],
        on=["game_id", "stage", "market_type"],
        how="inner",
    )
    rows["decimal_odds"] = american_to_decimal(rows["odds"].to_numpy(np.float64))
    for flag in ("down", "archive"):
        rows[flag] = rows[flag].eq(other=True) if flag in rows else False
    rows["operator"] = rows["operator"].fillna(rows["book"]) if "operator" in rows else rows["book"]
    if "seen_at" not in rows:
        rows["seen_at"] = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns, UTC]")
    sides = _with_market(rows, rules)
    late = sides["quoted_at"] > sides["as_of"]
    if late.any():
        row = sides[late].iloc[0]
        raise IncompleteQuotes(f"quote of {row['book']} at {row['quoted_at']} is later than as_of {row['as_of']}")
    other_line = sides["own_line"].notna() & (sides["own_line"] != sides["market_line"])
    failures = [
        other_line,
        ~sides["bettable"].astype(bool) & ~sides["archive"],
        sides["down"],
        sides["defect"] == ONE_SIDED,
        sides["defect"] == NOT_A_MARKET,
        sides["as_of"] - sides["seen_at"] > rules.maximum_age,
        _against_the_rest(sides, rules),
    ]
    failed = np.stack([np.asarray(failure, dtype=bool) for failure in failures])
    sides["check"] = np.where(failed.any(axis=0), failed.argmax(axis=0), len(QUOTE_CHECKS))
    return sides


def _with_market(rows: pd.DataFrame, rules: BettingRules) -> pd.DataFrame:
    """Each quote with its own market's fair probability of the quoted side and its defect, "" for none."""
    # Looked up instead of joined, which took pandas 10 ms for the quotes of one game.
    games: dict[tuple[int, str], int] = {}
    # Stages of a game are decided at different instants: they are different markets.
    decided = zip(rows["game_id"].tolist(), rows["stage"].tolist(), strict=True)
    unit = [games.setdefault(decision, len(games)) for decision in decided]
    line = rows["own_line"].fillna(0.0).tolist()
    market = list(zip(unit, rows["market_type"].tolist(), rows["book"].tolist(), line, strict=True))
    is_first, odds = rows["side"].isin(FIRST_SIDES).to_numpy(), rows["decimal_odds"].tolist()
    sides: tuple[dict[object, float], dict[object, float]] = ({}, {})
    for key, first, price in zip(market, is_first.tolist(), odds, strict=True):
        sides[first][key] = price
    second_odds, first_odds = (np.array([side.get(key, np.nan) for key in market]) for side in sides)
    fair = devig_two_way(first_odds, second_odds, overround_bounds=rules.overround_bounds, refused="nan")
    is_alone, is_none = np.isnan(first_odds) | np.isnan(second_odds), np.isnan(fair)
    rows["unit"] = unit
    rows["fair_probability"] = np.where(is_first, fair, 1 - fair)
    rows["defect"] = np.select([is_alone, is_none], [ONE_SIDED, NOT_A_MARKET], default="")
    return rows


def _against_the_rest(sides: pd.DataFrame, rules: BettingRules) -> pd.Series:
    keys = ["unit", "market_type", "side", "line_value"]
    by_side = sides.groupby(keys, dropna=False)["fair_probability"]
    median, books = by_side.transform("median"), by_side.transform("count")
    return (books >= 3) & (median * sides["decimal_odds"] - 1 > rules.maximum_consensus_value)


def best_acceptable(judged: pd.DataFrame) -> pd.DataFrame:
    """One row a game, stage, market and side that has any quote: the best acceptable price, or the reason for none.

    Ties go to the older quote, then to the name. `quote_reason` is None where there is an acceptable price; otherwise
    it is the furthest check that any quote reached, and the price columns are empty.
    """
    names = [pd.factorize(judged[name], sort=True)[0] for name in ("book", *reversed(_SIDE[1:]))]
    stamps = pd.DatetimeIndex(judged["quoted_at"])
    quoted = np.where(stamps.isna(), np.iinfo(np.int64).max, stamps.asi8)
    by_price = (quoted, -judged["decimal_odds"].to_numpy(np.float64), -judged["check"].to_numpy(np.int64))
    # The last key leads.
    side = (*names[1:], judged["game_id"].to_numpy(np.int64))
    order = np.lexsort((names[0], *by_price, *side))
    is_next = np.any([np.diff(key[order], prepend=key.min(initial=0) - 1) != 0 for key in side], axis=0)
    best = judged.iloc[order[is_next]].reset_index(drop=True)
    check = best["check"].to_numpy(np.int64)
    refused = check < len(QUOTE_CHECKS)
    reasons = np.array([*QUOTE_CHECKS, None], dtype=object)[check]
    price_columns = ["book", "operator", "odds", "decimal_odds", "quoted_at", "fair_probability"]
    for name in price_columns if refused.any() else ():
        best[name] = best[name].where(~refused)
    best["archive"] &= ~refused
    best["quote_reason"] = pd.Series(reasons, dtype=object)
    return best[[*_SIDE, *price_columns, "archive", "quote_reason"]]
