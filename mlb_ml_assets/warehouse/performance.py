"""curated.ml_model_performance and curated.market_comparison: how forecasts and bets did.

Belongs here: writing windows, reading the walk-forward series' scores.
Not here: scores and settlement (betting/, modeling/).
"""

from datetime import date
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.warehouse.partition_write import Target, Written, upsert
from mlb_ml_assets.warehouse.sql import query

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


def walk_forward_scores(connection: psycopg.Connection[Any], month: date) -> dict[str, dict[str, float]]:
    """Paired differences of past seasons as MLflow metrics, by target: what was known of the series by `month`."""
    scores: dict[str, dict[str, float]] = {}
    for target, season, forecaster, reference, score, difference, se in connection.execute(
        query("walk_forward_scores"), {"month": month}
    ):
        metrics = scores.setdefault(target, {})
        name = f"{season}/{forecaster}-{reference}/{score}"
        metrics[name] = float(difference)
        if se is not None:
            metrics[f"{name}/se"] = float(se)
    return scores


def outcomes_between(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """game_id, game_date, home_win, close_probability (NaN without a close) of finished games in [first, last)."""
    cursor = connection.execute(query("outcomes_between"), {"first": first, "last": last})
    frame = pd.DataFrame(cursor.fetchall(), columns=["game_id", "game_date", "home_win", "close_probability"])
    return frame.astype({"close_probability": float})
