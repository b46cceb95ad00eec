"""What a model predicted, as rows of curated.ml_predictions and back as forecasts for betting.

Belongs here: the layout of prediction_explanation, which keeps the exact numbers that the table's columns round.
Not here: predicting (modeling/), deciding (betting/), SQL.
"""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.input_ages import AGE_COLUMNS, INPUT_GROUPS
from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.domain.markets import MARKETS, TARGETS
from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.modeling.design import column
from mlb_ml_assets.modeling.game_model import GameModel
from mlb_ml_assets.warehouse.game_models import GameModelRow

VIEWS: Final = ("blind", "memory", "anchored")
_CONTRIBUTIONS_KEPT: Final = 8
_IMPORTANCES_KEPT: Final = 4
_DIGITS: Final = 6
# Rates and dispersions rebuild the joint distribution of runs; the expected runs are for people.
_RUNS: Final = (
    "home_rate", "away_rate", "home_dispersion", "away_dispersion", "expected_home_runs", "expected_away_runs",
)  # fmt: skip


def group_contributions(explained: pd.DataFrame, frame: pd.DataFrame) -> list[dict[str, dict[str, float]]]:
    """The terms of `GameModel.explain` by target and term, one dict per row of `frame`.

    By row and not by game: a game whose price moved has several predictions of one stage, each with its own terms.
    """
    by_row: dict[int, dict[str, dict[str, float]]] = {}
    for row, target, term, value in explained[["row", "target", "term", "contribution"]].itertuples(index=False):
        by_row.setdefault(row, {}).setdefault(target, {})[term] = float(value)
    return [by_row.get(row, {}) for row in frame.index]


@lru_cache(maxsize=32)
def largest_importances(model: GameModel) -> dict[str, dict[str, dict[str, float]]]:
    """By stage, the largest standardized coefficients of each of its linear models."""
    table = model.feature_importance()
    return {
        str(stage): {
            str(name): {
                str(feature): round(float(weight), 4)
                for feature, weight in part.set_index("feature")["importance"].nlargest(_IMPORTANCES_KEPT).items()
            }
            for name, part in of_stage.groupby("model")
        }
        for stage, of_stage in table.groupby("stage")
    }


def select_final_probability(predicted: pd.DataFrame, target: str) -> pd.Series:
    """The anchored probability, where there is no price the one from memory, else the blind one."""
    final = predicted[f"anchored_{target}"]
    for view in ("memory", "blind"):
        final = final.fillna(predicted[f"{view}_{target}"])
    return final


def build_prediction_rows(
    inputs: pd.DataFrame,
    predicted: pd.DataFrame,
    contributions: list[dict[str, dict[str, float]]],
    model: GameModelRow,
    importance: Mapping[str, Any],
) -> pd.DataFrame:
    """Rows of curated.ml_predictions, without betting columns.

    prediction_timestamp is the latest known-at among the inputs, features and price, so that the same data gives the
    same row.

    Args:
        inputs: game_id, stage, as_of, known_at, price_known_at, price_stage, start, feature_vector_id, market columns.
        predicted: of `GameModel.predict`, same order.
        contributions: of `GameModel.explain`, same order.
        model: the model month that predicted.
        importance: by stage, of `largest_importances`; the adopted table wants it with each row.
    """
    stamps = inputs[["known_at", "price_known_at"]].max(axis=1)
    minutes = np.floor((inputs["start"] - stamps).dt.total_seconds() / 60).astype(int)
    rows = pd.DataFrame(
        {
            "game_id": inputs["game_id"].to_numpy(),
            "model_name": inputs["stage"].map(GAME_MODEL.name_of).to_numpy(),
            "model_version": model.model_version,
            "experiment_id": model.mlflow_experiment_id,
            "run_id": model.mlflow_run_id,
            "model_artifact_path": model.model_uri,
            "feature_vector_id": inputs["feature_vector_id"].to_numpy(),
            "feature_version": model.feature_version,
            "prediction_timestamp": stamps.to_numpy(),
            "market_close_time": inputs["start"].to_numpy(),
            "time_to_game_minutes": np.asarray(minutes),
        }
    )
    for stamp in ("prediction_timestamp", "market_close_time"):
        rows[stamp] = pd.to_datetime(rows[stamp], utc=True)
    for target in TARGETS:
        probability = select_final_probability(predicted, target).to_numpy(dtype=float)
        known = ~np.isnan(probability)
        rows[f"{target}_probability"] = probability.round(4)
        rows[f"{target}_binary"] = pd.Series((probability >= 0.5).astype(int), dtype="Int64").where(known)
        rows[f"{target}_confidence"] = np.maximum(probability, 1 - probability).round(2)
    rows["feature_importance"] = _objects(importance.get(stage, {}) for stage in inputs["stage"])
    records = predicted.assign(
        **{name: column(inputs, name) for name in AGE_COLUMNS},
        market_home_ml=expit(inputs["market_home_logit"]),
        market_total_over=inputs["market_total_over_probability"].to_numpy(),
        market_home_spread=inputs["market_spread_home_probability"].to_numpy(),
    ).to_dict("records")
    rows["prediction_explanation"] = _objects(
        _build_explanation(record, price_stage, _largest(parts))
        for record, price_stage, parts in zip(records, inputs["price_stage"], contributions, strict=True)
    )
    rows["model_confidence_factors"] = _objects(
        {"anchor_weight": _number(record.get("anchor_weight")), "stage": stage}
        for record, stage in zip(records, inputs["stage"], strict=True)
    )
    return rows


def build_forecasts(newest: pd.DataFrame) -> pd.DataFrame:
    """Forecasts for betting, one row a game, stage and market, from stored predictions.

    Args:
        newest: rows of newest_predictions.sql.

    Returns:
        The columns that `betting.recommendations.recommend` takes, and prediction_id.
    """
    rows = []
    for prediction in newest.to_dict("records"):
        explanation = prediction["explanation"]
        explanation = json.loads(explanation) if isinstance(explanation, str) else explanation
        for market in MARKETS:
            forecast = explanation[market.target]
            if forecast["final"] is None or (market.has_line and forecast["line"] is None):
                continue
            rows.append(
                {
                    "prediction_id": prediction["prediction_id"],
                    "game_id": prediction["game_id"],
                    "stage": prediction["stage"],
                    "slate": f"{prediction['game_date']}:{prediction['stage']}",
                    "as_of": prediction["as_of"],
                    "market_type": market.key,
                    "line_value": forecast["line"] if market.has_line else np.nan,
                    "final_probability": forecast["final"],
                    "push_probability": forecast["push"] or 0.0,
                    "blind_probability": forecast["blind"],
                    "memory_probability": forecast["memory"],
                    "model_probability": forecast["memory"] if forecast["memory"] is not None else forecast["blind"],
                    "market_probability": forecast["market"],
                    "expected_close_probability": forecast["expected_close"],
                    "probability_low": forecast["low"],
                    "probability_high": forecast["high"],
                    "input_age_sd": forecast.get("input_age_sd"),
                    "input_ages": explanation.get("input_ages"),
                    "home_starter_id": explanation.get("home_starter_id"),
                    "away_starter_id": explanation.get("away_starter_id"),
                    "minutes_to_start": (prediction["start"] - prediction["as_of"]).total_seconds() / 60,
                }
            )
    frame = pd.DataFrame(rows)
    if len(frame):
        numbers = [name for name in frame.columns if name.endswith("probability")] + ["line_value", "input_age_sd"]
        frame[numbers] = frame[numbers].apply(pd.to_numeric)
        frame["as_of"] = pd.to_datetime(frame["as_of"], utc=True)
    return frame


def _build_explanation(
    record: dict[str, Any], price_stage: str, contributions: dict[str, dict[str, float]]
) -> dict[str, Any]:
    explanation: dict[str, Any] = {}
    for market in MARKETS:
        target = market.target
        explanation[target] = {
            **{view: _number(record.get(f"{view}_{target}")) for view in VIEWS},
            "final": _number(_first_known(*(record.get(f"{view}_{target}") for view in reversed(VIEWS)))),
            "market": _number(record.get(f"market_{target}")),
            "low": _number(record.get(f"{target}_low")),
            "high": _number(record.get(f"{target}_high")),
            "expected_close": _number(record.get(f"expected_close_{target}")),
            "expected_close_sd": _number(record.get(f"expected_close_{target}_sd")),
            "input_age_sd": _number(record.get(f"{target}_input_age_sd")),
            "push": _number(record.get(f"push_{target}")) if market.can_push else 0.0,
            "line": _number(record[f"{market.key}_line"]) if market.has_line else None,
        }
    explanation["runs"] = {name: _number(record[name]) for name in _RUNS}
    explanation["price_stage"] = price_stage
    explanation["input_ages"] = {group.name: _number(record.get(group.column)) for group in INPUT_GROUPS}
    explanation["contributions"] = contributions
    return explanation


def _objects(values: Iterable[dict[str, Any]]) -> "pd.Series[Any]":
    return pd.Series(list(values), dtype=object)


def _largest(parts: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    return {
        target: {
            name: round(value, _DIGITS)
            for name, value in sorted(values.items(), key=lambda item: -abs(item[1]))[:_CONTRIBUTIONS_KEPT]
        }
        for target, values in parts.items()
    }


def _first_known(*values: float | None) -> float | None:
    return next((value for value in values if value is not None and not np.isnan(value)), None)


def _number(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), _DIGITS)
