"""Lines of the markets of several books, and the one at which they are a consensus.

Belongs here: a quote's line as its market counts it, and choosing the line that most books quote.
Not here: read quotes as of an instant (the caller passes those in effect), or judge a bet (betting/).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.markets import MARKETS
from mlb_ml_assets.domain.odds import FloatArray
from mlb_ml_assets.pricing.devig import PricingError

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
