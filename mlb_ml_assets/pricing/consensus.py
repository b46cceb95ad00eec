"""What several books say together: two-sided markets, their median no-vig price, the best price, their disagreement.

Belongs here: pairing the two sides of one book's market, and summaries over books at one instant.
Not here: read quotes as of an instant (the caller passes what stood then), or judge a bet (betting/).
"""

import numpy as np
import pandas as pd

from mlb_ml_assets.pricing.devig import MODEL_OVERROUND_BOUNDS, DevigMethod, devig_two_way

FIRST_SIDES = ("home", "over")
ONE_SIDED = "one-sided market"
NOT_A_MARKET = "not a market"
STAMPS_APART = "stamps apart"
_MARKET = ["game_id", "market_type"]


class UnknownSide(ValueError):
    """A side that is none of home, away, over, under, or that its market does not have."""


def market_line(quotes: pd.DataFrame) -> pd.Series:
    """The number of each quote as its market counts it: the home side's run line, the total, NaN for a moneyline.

    Quotes carry the side's own number: away +1.5 belongs to the market home -1.5.

    Raises:
        UnknownSide: a side that its market does not have.
    """
    side, market = quotes["side"], quotes["market_type"]
    expected = np.where(market == "total", side.isin(["over", "under"]), side.isin(["home", "away"]))
    if not expected.all():
        row = quotes[~expected].iloc[0]
        raise UnknownSide(f"market {row['market_type']!r} has no side {row['side']!r}")
    flipped = (market == "spread") & (side == "away")
    line = quotes["line_value"].astype(np.float64)
    return line.where(~flipped, -line).where(market != "moneyline")


def paired_markets(
    quotes: pd.DataFrame,
    *,
    method: DevigMethod = "shin",
    overround_bounds: tuple[float, float] = MODEL_OVERROUND_BOUNDS,
    maximum_gap: pd.Timedelta | None = None,
) -> pd.DataFrame:
    """The two sides of each book's market put beside each other and devigged.

    Args:
        quotes: what stood at one instant per game: game_id, market_type, side, book, decimal_odds, line_value (the
            side's own number), quoted_at; at most one row a game, market, side, book and number.
        method: devig method.
        overround_bounds: accepted margins.
        maximum_gap: largest difference between the stamps of the two sides; None accepts any, because in a change log
            a side whose price did not move keeps its old stamp.

    Returns:
        One row a game, market, book and number: market_line (home's number or the total), first_odds (home or over),
        second_odds, fair_probability (home or over), overround, quoted_at (the later of the two), and defect: None,
        "one-sided market", "not a market" or "stamps apart"; fair_probability is NaN where there is a defect.
    """
    keys = [*_MARKET, "book", "market_line"]
    rows = quotes.assign(market_line=market_line(quotes), first=quotes["side"].isin(FIRST_SIDES))
    # Moneylines have no number; a NaN key would not join.
    rows["market_line"] = rows["market_line"].fillna(0.0)
    columns = [*keys, "decimal_odds", "quoted_at"]
    sides = rows.loc[rows["first"], columns].merge(
        rows.loc[~rows["first"], columns], on=keys, how="outer", suffixes=("_first", "_second")
    )
    first, second = sides["decimal_odds_first"].to_numpy(np.float64), sides["decimal_odds_second"].to_numpy(np.float64)
    fair = devig_two_way(first, second, method, overround_bounds=overround_bounds, refused="nan")
    one_sided = np.isnan(first) | np.isnan(second)
    gap = (sides["quoted_at_first"] - sides["quoted_at_second"]).abs()
    apart = np.zeros(len(sides), dtype=bool) if maximum_gap is None else (gap > maximum_gap).to_numpy()
    defect = np.select([one_sided, np.isnan(fair), apart], [ONE_SIDED, NOT_A_MARKET, STAMPS_APART], default="")
    pairs = sides[keys].copy()
    pairs["market_line"] = pairs["market_line"].where(pairs["market_type"] != "moneyline")
    pairs["first_odds"], pairs["second_odds"] = first, second
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs["overround"] = 1 / first + 1 / second - 1
    pairs["fair_probability"] = np.where(defect == "", fair, np.nan)
    pairs["quoted_at"] = sides[["quoted_at_first", "quoted_at_second"]].max(axis=1)
    pairs["defect"] = pd.Series(defect, index=pairs.index, dtype=object).where(defect != "", None)
    return pairs


def consensus(pairs: pd.DataFrame) -> pd.DataFrame:
    """The market over all books: its main number and the median no-vig probability there.

    The main number is the one most books quote; among equals the one nearest to an even price, which is what a main
    line is for.

    Args:
        pairs: rows of `paired_markets`; those with a defect are left out.

    Returns:
        One row a game and market: market_line, fair_probability (median), books, spread (largest minus smallest fair
        probability over books), overround (median), book (the one nearest to the median: a real two-sided price to
        stand for the market), first_odds, second_odds and quoted_at of that book.
    """
    sound = pairs[pairs["defect"].isna()].copy()
    sound["line_key"] = sound["market_line"].fillna(0.0)
    by_line = sound.groupby([*_MARKET, "line_key"], sort=True)["fair_probability"]
    sound["median"] = by_line.transform("median")
    sound["books"] = by_line.transform("size")
    sound["spread"] = by_line.transform("max") - by_line.transform("min")
    sound["median_overround"] = sound.groupby([*_MARKET, "line_key"])["overround"].transform("median")
    sound["distance"] = (sound["fair_probability"] - sound["median"]).abs()
    sound["from_even"] = (sound["median"] - 0.5).abs()
    ordered = sound.sort_values(
        [*_MARKET, "books", "from_even", "line_key", "distance", "book"],
        ascending=[True, True, False, True, True, True, True],
        kind="stable",
    )
    main = ordered.groupby(_MARKET, sort=True).head(1)
    summary = main[
        [*_MARKET, "market_line", "book", "books", "spread", "first_odds", "second_odds", "quoted_at"]
    ].copy()
    summary["fair_probability"] = main["median"]
    summary["overround"] = main["median_overround"]
    return summary.reset_index(drop=True)


def best_prices(quotes: pd.DataFrame) -> pd.DataFrame:
    """The highest price of each game, market, side and number, with its book; ties go to the older quote, then by name.

    Args:
        quotes: game_id, market_type, side, book, decimal_odds, line_value, quoted_at.
    """
    keys = [*_MARKET, "side", "line_value"]
    ordered = quotes.sort_values(
        [*keys, "decimal_odds", "quoted_at", "book"], ascending=[True] * 4 + [False, True, True], kind="stable"
    )
    return ordered.groupby(keys, sort=True, dropna=False).head(1).reset_index(drop=True)
