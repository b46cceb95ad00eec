"""Did it beat the market on the same games: rows for curated.market_comparison.

Belongs here: paired score differences with day-clustered errors, calibration lines and CLV statistics of a series.
Not here: betting results (performance.py), the choice of windows (flows/performance.py).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.evaluation.bets import profit_on_closing_line_value
from mlb_ml_assets.evaluation.clustered import Line, calibration_line, clustered_mean, finite_or_none, paired
from mlb_ml_assets.evaluation.scores import log_loss

FloatArray = NDArray[np.float64]
_LARGEST_INTEGER = 2**31 - 1


def compare(
    games: pd.DataFrame,
    forecasters: Mapping[str, str],
    references: Mapping[str, str],
    bets: pd.DataFrame | None = None,
) -> list[dict[str, object]]:
    """One row per forecaster and reference, on the games that both have.

    Args:
        games: one row a game: game_date, outcome (1, 0, NaN where nothing is decided) and the columns named below.
        forecasters: name -> column of its probability.
        references: name -> column of the market's probability (open, close).
        bets: settled bets of the target with game_date, game_id, clv_expected_value and unit_return; their CLV is put
            on every row.

    Returns:
        Rows with the columns of curated.market_comparison from forecaster on (score "log_loss"). difference is
        forecaster minus reference, negative is better; unknown is None. Pairs without a common game give no row.
    """
    outcome = games["outcome"].to_numpy(np.float64)
    day = games["game_date"].to_numpy()
    losses = {
        name: log_loss(games[column], outcome)
        for name, column in {**forecasters, **references}.items()
        if column in games
    }
    staked = clv_statistics(bets)
    # Where open and close are known of the same games, one line serves both.
    lines: dict[tuple[str, bytes], Line] = {}
    rows: list[dict[str, object]] = []
    for forecaster in forecasters:
        for reference in references:
            if reference == forecaster or not {forecaster, reference} <= losses.keys():
                continue
            row = _paired_row(losses[forecaster], losses[reference], day)
            if row is None:
                continue
            both = ~np.isnan(losses[forecaster] - losses[reference])
            if (drawn := (forecaster, both.tobytes())) not in lines:
                probability = games[forecasters[forecaster]].to_numpy()
                lines[drawn] = calibration_line(probability[both], outcome[both], day[both])
            line = lines[drawn]
            rows.append(
                {
                    "forecaster": forecaster,
                    "reference": reference,
                    "score": "log_loss",
                    **row,
                    "calibration_slope": finite_or_none(line.slope),
                    "calibration_slope_se": finite_or_none(line.slope_se),
                    "calibration_intercept": finite_or_none(line.intercept),
                    "calibration_intercept_se": finite_or_none(line.intercept_se),
                    **staked,
                }
            )
    return rows


def clv_statistics(bets: pd.DataFrame | None) -> dict[str, object]:
    """Mean CLV per unit staked with its day-clustered error, and the slope of profit on CLV clustered by game."""
    if bets is None or bets.empty:
        return dict.fromkeys(("clv_mean", "clv_se", "clv_slope", "clv_slope_se")) | {"bets": 0}
    clv = clustered_mean(bets["clv_expected_value"], bets["game_date"])
    line = profit_on_closing_line_value(bets)
    return {
        "bets": len(bets),
        "clv_mean": finite_or_none(clv.mean),
        "clv_se": finite_or_none(clv.se),
        "clv_slope": finite_or_none(line.slope),
        "clv_slope_se": finite_or_none(line.slope_se),
    }


def _paired_row(forecaster: FloatArray, reference: FloatArray, day: NDArray[np.generic]) -> dict[str, object] | None:
    difference = paired(forecaster, reference, day)
    if difference.n == 0:
        return None
    both = ~np.isnan(forecaster - reference)
    needed = difference.needed
    return {
        "games": difference.n,
        "forecaster_score": float(forecaster[both].mean()),
        "reference_score": float(reference[both].mean()),
        "difference": difference.mean,
        "difference_se": finite_or_none(difference.se),
        # Beyond what an integer column holds the answer is "never".
        "games_needed": needed if needed is not None and needed <= _LARGEST_INTEGER else None,
    }
