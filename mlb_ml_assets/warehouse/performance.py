"""curated.ml_model_performance, market_comparison and calibration_counts: results of forecasts and bets.

Belongs here: writing windows and counts, reading the walk-forward series' scores.
Not here: scores and settlement (betting/, modeling/).
"""

from datetime import date
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.warehouse.partition_write import Target, Written, upsert
from mlb_ml_assets.warehouse.queries import read_frame, run_query

_WINDOW = ("model_name", "model_version", "prediction_type", "evaluation_period_start", "evaluation_period_end")
_PERFORMANCE = Target("curated.ml_model_performance", keys=_WINDOW)
_COMPARISONS = Target(
    "curated.market_comparison", keys=(*_WINDOW, "forecaster", "reference", "score"), touch=("updated_at",)
)


def write_performance(connection: psycopg.Connection[Any], rows: pd.DataFrame) -> Written:
    """Upsert rows of curated.ml_model_performance by model version, target and window."""
    if rows.empty:
        return Written()
    return upsert(connection, _PERFORMANCE, rows)


def write_comparisons(connection: psycopg.Connection[Any], rows: pd.DataFrame) -> Written:
    """Upsert rows of curated.market_comparison by window, forecaster, reference and score."""
    if rows.empty:
        return Written()
    return upsert(connection, _COMPARISONS, rows)


def count_calibration(connection: psycopg.Connection[Any], first: date, last: date) -> None:
    """Count the forecasts of the finished games in [first, last) by probability, in place of earlier counts."""
    run_query(connection, "calibration_counts", {"first": first, "last": last})


def read_walk_forward_scores(connection: psycopg.Connection[Any], month: date) -> dict[str, dict[str, float]]:
    """Paired differences of past seasons as MLflow metrics, by target: what was known of the series by `month`."""
    scores: dict[str, dict[str, float]] = {}
    for target, season, forecaster, reference, score, difference, se in run_query(
        connection, "walk_forward_scores", {"month": month}
    ):
        metrics = scores.setdefault(target, {})
        name = f"{season}/{forecaster}-{reference}/{score}"
        metrics[name] = float(difference)
        if se is not None:
            metrics[f"{name}/se"] = float(se)
    return scores


def read_outcomes(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """game_id, game_date, home_win, close_probability (NaN without a close) of finished games in [first, last)."""
    frame = read_frame(connection, "outcomes_between", {"first": first, "last": last})
    return frame.astype({"close_probability": float})
