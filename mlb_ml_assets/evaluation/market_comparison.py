"""Did it beat the market on the same games: rows for curated.market_comparison.

Belongs here: paired score differences with day-clustered errors, calibration lines, the blend weight, CLV statistics.
Not here: betting results (performance.py) or the choice of windows (evaluation_windows.py).
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from mlb_ml_assets.evaluation.clustered import Estimate, calibration_line, clustered_line, clustered_mean, games_needed

FloatArray = NDArray[np.float64]


def log_loss(probability: ArrayLike, outcome: ArrayLike) -> FloatArray:
    """Log loss of each forecast in nats, probabilities held inside [1e-6, 1 - 1e-6]; NaN where either is unknown."""
    p = np.clip(np.asarray(probability, dtype=np.float64), 1e-6, 1 - 1e-6)
    y = np.asarray(outcome, dtype=np.float64)
    return np.asarray(-(y * np.log(p) + (1 - y) * np.log1p(-p)), dtype=np.float64)


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
    rows: list[dict[str, object]] = []
    for forecaster in forecasters:
        if forecaster not in losses:
            continue
        for reference in references:
            if reference == forecaster or reference not in losses:
                continue
            row = _paired(losses[forecaster], losses[reference], day)
            if row is None:
                continue
            both = ~np.isnan(losses[forecaster] - losses[reference])
            line = calibration_line(games[forecasters[forecaster]].to_numpy()[both], outcome[both], day[both])
            rows.append(
                {
                    "forecaster": forecaster,
                    "reference": reference,
                    "score": "log_loss",
                    **row,
                    "calibration_slope": _known(line.slope),
                    "calibration_slope_se": _known(line.slope_se),
                    "calibration_intercept": _known(line.intercept),
                    "calibration_intercept_se": _known(line.intercept_se),
                    **staked,
                }
            )
    return rows


def blend_weight(model: ArrayLike, market: ArrayLike, outcome: ArrayLike, days: ArrayLike) -> Estimate:
    """The weight w in logit p = logit market + w (logit model - logit market) that fits the outcomes best.

    Fitted by Newton's method without a bound: 0 says the model adds nothing to the market, 1 that the market adds
    nothing to the model. Standard error clustered by day.
    """
    columns = [np.clip(np.asarray(p, dtype=np.float64), 1e-6, 1 - 1e-6) for p in (model, market)]
    y = np.asarray(outcome, dtype=np.float64)
    kept = ~(np.isnan(columns[0]) | np.isnan(columns[1]) | np.isnan(y))
    ours, theirs = (np.log(p[kept] / (1 - p[kept])) for p in columns)
    apart, y, clusters = ours - theirs, y[kept], np.asarray(days)[kept]
    count = np.unique(clusters).size
    if y.size < 20 or not (apart**2).sum() > 0:
        return Estimate(float("nan"), float("nan"), y.size, count)
    weight = 0.0
    for _ in range(50):
        fitted = 1 / (1 + np.exp(-(theirs + weight * apart)))
        information = float((apart**2 * fitted * (1 - fitted)).sum())
        step = float((apart * (y - fitted)).sum()) / information
        weight += step
        if abs(step) < 1e-10:
            break
    scores = clustered_mean(apart * (y - fitted), clusters)
    return Estimate(weight, scores.se * y.size / information, y.size, count)


def clv_statistics(bets: pd.DataFrame | None) -> dict[str, object]:
    """Mean CLV per unit staked with its day-clustered error, and the slope of profit on CLV clustered by game.

    A slope near 1 says that CLV is profit: it was .99 +- .11 on 56,028 bet sides of 2010-2021.
    """
    if bets is None or bets.empty:
        return dict.fromkeys(("clv_mean", "clv_se", "clv_slope", "clv_slope_se")) | {"bets": 0}
    mean = clustered_mean(bets["clv_expected_value"], bets["game_date"])
    line = clustered_line(bets["clv_expected_value"], bets["unit_return"], bets["game_id"])
    return {
        "bets": len(bets),
        "clv_mean": _known(mean.value),
        "clv_se": _known(mean.se),
        "clv_slope": _known(line.slope),
        "clv_slope_se": _known(line.slope_se),
    }


def _paired(forecaster: FloatArray, reference: FloatArray, day: NDArray[np.generic]) -> dict[str, object] | None:
    difference = clustered_mean(forecaster - reference, day)
    if difference.count == 0:
        return None
    both = ~np.isnan(forecaster - reference)
    needed = games_needed(difference.value, difference.se, difference.count)
    return {
        "games": difference.count,
        "forecaster_score": float(forecaster[both].mean()),
        "reference_score": float(reference[both].mean()),
        "difference": difference.value,
        "difference_se": _known(difference.se),
        # Beyond what an integer column holds the answer is "never".
        "games_needed": int(needed) if needed < 2**31 else None,
    }


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
