"""Two-sided markets of several books, and the line at which they are a consensus.

Belongs here: pairing the two sides of one book's market, and choosing the line that most books quote.
Not here: read quotes as of an instant (the caller passes those in effect), or judge a bet (betting/).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.markets import FIRST_SIDES, MARKETS
from mlb_ml_assets.domain.odds import FloatArray
from mlb_ml_assets.pricing.devig import OVERROUND_BOUNDS, PricingError, devig_two_way

ONE_SIDED = "one-sided market"
NOT_A_MARKET = "not a market"


class UnknownSide(PricingError):
    """A side that its market does not have."""


def market_line(quotes: pd.DataFrame) -> pd.Series:
    """The line of each quote as its market counts it: the home side's run line, the total, NaN for a moneyline.

    Quotes carry the side's own line: away +1.5 belongs to the market home -1.5.

    Raises:
        UnknownSide: a side that its market does not have.
    """
    side, market_type = quotes["side"].to_numpy(), quotes["market_type"].to_numpy()
    line: FloatArray = quotes["line_value"].to_numpy(np.float64, copy=True)
    known = np.zeros(len(quotes), dtype=bool)
    for market in MARKETS:
        ours = market_type == market.key
        known |= ours & np.isin(side, market.sides)
        if not market.has_line:
            line[ours] = np.nan
        elif market.is_line_negated:
            line[ours & (side == market.second_side)] *= -1
    if not known.all():
        row = quotes[~known].iloc[0]
        raise UnknownSide(f"market {row['market_type']!r} has no side {row['side']!r}")
    return pd.Series(line, index=quotes.index)


def paired_markets(quotes: pd.DataFrame, *, overround_bounds: tuple[float, float] = OVERROUND_BOUNDS) -> pd.DataFrame:
    """The two sides of each book's market side by side, with the fair probability of the first.

    Args:
        quotes: those in effect at one instant per game: game_id, market_type, side, book, decimal_odds, line_value (the
            side's own line), quoted_at; at most one row a game, market, side, book and line. The stamps of two sides
            may differ: in a change log a side whose price did not move keeps its old stamp.
        overround_bounds: accepted margins.

    Returns:
        One row a game, market, book and line: market_line (home's run line or the total), first_odds (home or over),
        second_odds, fair_probability (home or over), overround, quoted_at (the later of the two), and defect: None,
        "one-sided market" or "not a market"; fair_probability is NaN where there is a defect.
    """
    line = market_line(quotes)
    keys = ["game_id", "market_type", "book", "line_key"]
    # Moneylines have no line; a NaN key would not join.
    rows = quotes.assign(market_line=line, line_key=line.fillna(0.0))
    is_first = rows["side"].isin(FIRST_SIDES)
    columns = [*keys, "market_line", "decimal_odds", "quoted_at"]
    sides = rows.loc[is_first, columns].merge(
        rows.loc[~is_first, columns], on=keys, how="outer", suffixes=("_first", "_second")
    )
    first, second = sides["decimal_odds_first"].to_numpy(np.float64), sides["decimal_odds_second"].to_numpy(np.float64)
    fair = devig_two_way(first, second, overround_bounds=overround_bounds, refused="nan")
    defect = np.select([np.isnan(first) | np.isnan(second), np.isnan(fair)], [ONE_SIDED, NOT_A_MARKET], default="")
    pairs = sides[["game_id", "market_type", "book"]].copy()
    pairs["market_line"] = sides["market_line_first"].fillna(sides["market_line_second"])
    pairs["first_odds"], pairs["second_odds"] = first, second
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs["overround"] = 1 / first + 1 / second - 1
    pairs["fair_probability"] = np.where(defect == "", fair, np.nan)
    pairs["quoted_at"] = sides[["quoted_at_first", "quoted_at_second"]].max(axis=1)
    pairs["defect"] = pd.Series(defect, index=pairs.index, dtype=object).where(defect != "", None)
    return pairs


def at_main_line(
    prices: pd.DataFrame, by: Sequence[str] = (), *, line: str = "market_line", fair: str = "fair_probability"
) -> pd.DataFrame:
    """The rows at each market's main line: the one that most books quote.

    Among lines of equally many books it is the one priced nearest to even, which is what a main line is for, then the
    lowest. The consensus is the median fair probability of the rows that are left.

    Args:
        prices: one row a market, book and line, all with a fair probability.
        by: columns that name a market; empty where `prices` is one market.
        line: column of the market's line; NaN throughout for a market without lines.
        fair: column of the fair probability.
    """
    keyed = prices.assign(_line=prices[line].astype(np.float64).fillna(0.0))
    lines = keyed.groupby([*by, "_line"])[fair].agg(["size", "median"]).reset_index()
    lines["uneven"] = (lines["median"] - 0.5).abs()
    ordered = lines.sort_values(["size", "uneven", "_line"], ascending=[False, True, True], kind="stable")
    main = ordered.groupby(list(by), sort=False).head(1) if by else ordered.head(1)
    names = [*by, "_line"]
    return prices[pd.MultiIndex.from_frame(keyed[names]).isin(pd.MultiIndex.from_frame(main[names]))]
