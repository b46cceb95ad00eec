"""The price quoted at each decision, as columns beside its features.

Belongs here: from stored market lines to market_ columns, by the price stage of each request.
Not here: which instant is a decision (decisions.py), closes as targets (warehouse/feature_store.py).
"""

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
    # Arrays and one lookup a market: joins and groups of pandas took 15 ms a call, of one row as of a hundred.
    asked = list(zip(requests["game_id"].tolist(), requests["price_stage"].tolist(), strict=True))
    as_of = utc_array(requests["as_of"], "requests.as_of")
    lines = {name: market_lines[name].to_numpy() for name in ("game_id", "stage", "market_type")}
    # The place -1, of no line, is the last: never known.
    known_at = np.append(utc_array(market_lines["known_at"], "market_lines.known_at"), np.datetime64("NaT", "ns"))
    quoted_stage = np.array([*market_lines["price_stage"], None], dtype=object)
    columns: dict[str, object] = {}
    newest, first = np.full(len(asked), np.datetime64("NaT", "ns")), np.full(len(asked), len(market_lines))
    for market in MARKETS:
        places = np.flatnonzero(lines["market_type"] == market.key)
        keys = zip(lines["game_id"][places].tolist(), lines["stage"][places].tolist(), strict=True)
        place_of = dict(zip(keys, places.tolist(), strict=True))
        found = np.array([place_of.get(key, -1) for key in asked], dtype=np.int64)
        found = np.where(is_known(known_at[found], as_of), found, -1)
        probability = _numbers(market_lines["fair_probability"], found)
        if market.has_line:
            columns[f"market_{market.key}_line"] = _numbers(market_lines["line_value"], found)
            columns[f"market_{market.key}_{market.first_side}_probability"] = probability
        else:
            columns["market_home_logit"] = logit(np.where((probability > 0) & (probability < 1), probability, np.nan))
        newest = np.fmax(newest, known_at[found])
        first = np.where(pd.notna(quoted_stage[found]), np.minimum(first, found), first)
    # An archive repeats its opening price at the lineup stage, when the actual quote is unknown.
    opened = quoted_stage[first] == OPEN
    columns["price_known_at"] = pd.DatetimeIndex(newest).tz_localize("UTC")
    columns["price_stood_at"] = pd.DatetimeIndex(np.where(opened | np.isnat(newest), newest, as_of)).tz_localize("UTC")
    return pd.DataFrame(columns, index=pd.RangeIndex(len(asked)))


def _numbers(column: "pd.Series[float]", places: NDArray[np.int64]) -> NDArray[np.float64]:
    """The values at these places, NaN where one is -1."""
    values = np.append(pd.to_numeric(column).to_numpy(np.float64, na_value=np.nan), np.nan)
    return np.asarray(values[places], dtype=np.float64)
