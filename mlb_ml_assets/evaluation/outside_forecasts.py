"""Forecasts of other people and programs beside ours: which of them count for a decision.

Belongs here: the newest forecast made by each decision time, and whether it is about the line that is scored.
Not here: reading files (sources/outside_forecasts.py), scores and pairs (verdict.py, market_comparison.py).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.markets import MONEYLINE, SPREAD, TOTAL
from mlb_ml_assets.features.knowable import latest_known, utc_array

Floats = NDArray[np.float64]
# The run line of a forecast that names none, as of our own.
STANDARD_RUN_LINE = -1.5
_PROBABILITY: Mapping[str, str] = {MONEYLINE.key: "home_win", TOTAL.key: "over", SPREAD.key: "cover"}
_LINE: Mapping[str, str] = {TOTAL.key: "total_line", SPREAD.key: "spread_line"}


def outside_probabilities(
    forecasts: pd.DataFrame, market: str, decisions: pd.DataFrame, lines: Floats | None = None
) -> Mapping[str, Floats]:
    """Probabilities of a market's first side by forecaster, one per decision, NaN where there is none.

    Args:
        forecasts: rows of warehouse/outside_forecasts.py; instants in UTC.
        market: the market's key.
        decisions: game_id and as_of (UTC) of each decision.
        lines: the line that is scored at each decision, of total and spread. A forecast of another line does not
            count; one without a line is about the market's total, or about home -1.5.

    Returns:
        Forecasters with at least one counting forecast. A forecast made after `as_of` never counts, and of several the
        newest by `as_of` replaces the others.
    """
    found: dict[str, Floats] = {}
    if forecasts.empty or not len(decisions):
        return found
    wanted = decisions["game_id"].to_numpy(np.int64)
    as_of = utc_array(decisions["as_of"], "as_of")
    stated = forecasts[forecasts[_PROBABILITY[market]].notna()]
    for forecaster, rows in stated.groupby("forecaster"):
        position = latest_known(
            rows["game_id"].to_numpy(np.int64), utc_array(rows["made_at"], "made_at"), wanted, as_of
        )
        counts = position >= 0
        values = np.where(counts, rows[_PROBABILITY[market]].to_numpy(np.float64)[position], np.nan)
        if lines is not None:
            named = rows[_LINE[market]].to_numpy(np.float64)[position]
            about = np.where(np.isnan(named), lines if market == TOTAL.key else STANDARD_RUN_LINE, named)
            values = np.where(about == lines, values, np.nan)
        if np.isfinite(values).any():
            found[str(forecaster)] = values
    return found
