"""The price quoted at each decision, as columns beside its features.

Belongs here: from stored market lines to market_ columns, by the price stage of each request.
Not here: which instant is a decision (decisions.py), closes as targets (warehouse/feature_store.py).
"""

from typing import Final

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.logit import logit
from mlb_ml_assets.domain.markets import MARKETS
from mlb_ml_assets.domain.models import OPEN
from mlb_ml_assets.features.knowable import is_known, utc_array

MARKET_COLUMNS: Final = (
    "market_home_logit",
    "market_total_line",
    "market_total_over_probability",
    "market_spread_line",
    "market_spread_home_probability",
)


def decision_prices(requests: pd.DataFrame, market_lines: pd.DataFrame) -> pd.DataFrame:
    """Market columns of each request, in its order; NaN where its price stage has no such market.

    Args:
        requests: game_id, as_of, price_stage.
        market_lines: game_id, stage, market_type, line_value, fair_probability, known_at, price_stage. A line that
            became known after a request's as_of is not used.

    Returns:
        MARKET_COLUMNS (logit of the home win, the total and run line, probabilities of over and of home covering given
        no push), price_known_at (UTC; NaT without a price) and price_stood_at, when the price is known to have been
        quoted: the decision for a live price, which holds until it changes; the opening for an archive's and any first
        price.
    """
    wanted = requests.reset_index(drop=True).assign(row=np.arange(len(requests)))
    joined = wanted.merge(
        market_lines[
            ["game_id", "stage", "market_type", "line_value", "fair_probability", "known_at", "price_stage"]
        ].rename(columns={"price_stage": "quoted_stage"}),
        left_on=["game_id", "price_stage"],
        right_on=["game_id", "stage"],
        suffixes=("", "_line"),
    )
    joined = joined[is_known(utc_array(joined[_stamp(joined)], "known_at"), utc_array(joined["as_of"], "as_of"))]
    prices = pd.DataFrame(index=wanted["row"])
    by_market = {market: part.set_index("row") for market, part in joined.groupby("market_type")}
    for market in MARKETS:
        part = by_market.get(market.key)
        probability = _numbers(prices.index, part, "fair_probability")
        if market.has_line:
            prices[f"market_{market.key}_line"] = _numbers(prices.index, part, "line_value")
            prices[f"market_{market.key}_{market.first_side}_probability"] = probability
        else:
            prices["market_home_logit"] = logit(probability.where((probability > 0) & (probability < 1)))
    known = joined.groupby("row")[_stamp(joined)].max()
    prices["price_known_at"] = pd.to_datetime(known.reindex(prices.index), utc=True)
    # An archive repeats its opening price at the lineup stage, when the actual quote is unknown.
    opened = joined.groupby("row")["quoted_stage"].first().reindex(prices.index) == OPEN
    as_of = pd.to_datetime(wanted.set_index("row")["as_of"], utc=True)
    prices["price_stood_at"] = prices["price_known_at"].where(opened | prices["price_known_at"].isna(), as_of)
    return prices.reset_index(drop=True)


def _stamp(joined: pd.DataFrame) -> str:
    return "known_at_line" if "known_at_line" in joined.columns else "known_at"


def _numbers(index: "pd.Index[int]", part: pd.DataFrame | None, name: str) -> "pd.Series[float]":
    if part is None:
        return pd.Series(np.nan, index=index)
    return pd.to_numeric(part[name]).reindex(index).astype(np.float64)
