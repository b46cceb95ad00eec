"""Where a model was right: accuracy by side, favourite, month, weekday and part of the season.

Belongs here: the JSON columns of curated.ml_model_performance.
Not here: the single numbers (performance.py).
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# The first ten weeks of a season, in which team strength is known worst; the opening line's loss peaks in April.
_EARLY_MONTHS = (3, 4, 5)


def accuracy_breakdowns(games: pd.DataFrame, recommendations: pd.DataFrame) -> dict[str, dict[str, object]]:
    """Accuracy and number of decided games by group; groups without a game are left out.

    The side a forecast names is home or over from .5 on; it is a favourite where the market at decision gives it at
    least .5. Sides of the market other than the target's own stay empty.

    Args:
        games: game_date (datetime64), probability, outcome, market_probability where known.
        recommendations: rows of the target's market, whose sides say which market it is.
    """
    y, p = games["outcome"].to_numpy(np.float64), games["probability"].to_numpy(np.float64)
    kept = ~(np.isnan(y) | np.isnan(p))
    y, p = y[kept], p[kept]
    first = p >= 0.5
    hit = first == (y == 1)
    total = recommendations["side"].isin(["over", "under"]).any()
    market = games["market_probability"].to_numpy(np.float64)[kept] if "market_probability" in games else p * np.nan
    favourite = np.where(first, market, 1 - market) >= 0.5
    priced = ~np.isnan(market)
    day = games["game_date"].to_numpy("datetime64[D]")[kept]
    month = (day.astype("datetime64[M]").astype(np.int64) % 12) + 1
    year_month = day.astype("datetime64[M]").astype(str)
    weekday = (day.astype(np.int64) + 3) % 7
    sides = _by_group(first.astype(np.intp), hit, ("under", "over") if total else ("away", "home"))
    return {
        "favorite_vs_underdog_accuracy": _by_group(
            favourite[priced].astype(np.intp), hit[priced], ("underdog", "favorite")
        ),
        "home_vs_away_accuracy": {} if total else sides,
        "over_vs_under_accuracy": sides if total else {},
        "performance_by_month": _by_name(year_month, hit),
        "performance_by_day_of_week": _by_group(weekday.astype(np.intp), hit, _WEEKDAYS),
        "early_season_vs_late_season": _by_group(
            np.isin(month, _EARLY_MONTHS).astype(np.intp), hit, ("from June", "to May")
        ),
    }


def _by_group(codes: NDArray[np.intp], hit: NDArray[np.bool_], names: Sequence[str]) -> dict[str, object]:
    games = np.bincount(codes, minlength=len(names))
    hits = np.bincount(codes, weights=hit.astype(np.float64), minlength=len(names))
    return {
        name: {"games": int(count), "accuracy": round(float(right / count), 4)}
        for name, count, right in zip(names, games, hits, strict=True)
        if count
    }


def _by_name(names: NDArray[np.str_], hit: NDArray[np.bool_]) -> dict[str, object]:
    known, codes = np.unique(names, return_inverse=True)
    return _by_group(codes, hit, known.tolist())
