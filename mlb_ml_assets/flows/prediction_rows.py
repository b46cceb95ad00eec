"""What a model predicted, as rows of curated.ml_predictions and back as forecasts for betting.

Belongs here: the layout of prediction_explanation, which keeps the exact numbers that the table's columns round.
Not here: predicting (modeling/), deciding (betting/), SQL.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.input_ages import INPUT_GROUPS
from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.domain.markets import MARKETS, MONEYLINE, SPREAD, TARGETS, TOTAL
from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.modeling.design import column
from mlb_ml_assets.modeling.explanation import Terms
from mlb_ml_assets.modeling.game_model import GameModel
from mlb_ml_assets.warehouse.game_models import GameModelRow

Floats = NDArray[np.float64]
# By target and term.
Contributions = dict[str, dict[str, float]]
VIEWS: Final = ("blind", "memory", "anchored")
_CONTRIBUTIONS_KEPT: Final = 8
_IMPORTANCES_KEPT: Final = 4
_DIGITS: Final = 6
# Rates and dispersions rebuild the joint distribution of runs; the expected runs are for people.
_RUNS: Final = (
    "home_rate", "away_rate", "home_dispersion", "away_dispersion", "expected_home_runs", "expected_away_runs",
)  # fmt: skip


def largest_contributions(explained: Iterable[Terms], rows: pd.Index) -> list[Contributions]:
    """The largest terms of `GameModel.predict_and_explain` by target, one dict per label of `rows`.

    By row and not by game: a game whose price moved has several predictions of one stage, each with its own terms.
    """
    by_row: dict[Any, Contributions] = {row: {} for row in rows.tolist()}
    for terms in explained:
        places = np.argsort(-np.abs(terms.contributions), axis=1, kind="stable")[:, :_CONTRIBUTIONS_KEPT]
        largest = np.take_along_axis(terms.contributions, places, axis=1)
        for row, kept, values in zip(terms.rows.tolist(), places.tolist(), largest.tolist(), strict=True):
            by_row[row][terms.target] = {
                terms.names[place]: round(value, _DIGITS) for place, value in zip(kept, values, strict=True)
            }
    return list(by_row.values())


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
    contributions: list[Contributions],
    model: GameModelRow,
    importance: Mapping[str, Any],
) -> pd.DataFrame:
    """Rows of curated.ml_predictions, without betting columns.

    prediction_timestamp is the latest known-at among the inputs, features and price, so that the same data gives the
    same row.

    Args:
        inputs: game_id, stage, as_of, known_at, price_known_at, price_stage, start, feature_vector_id, market columns.
        predicted: of `GameModel.predict`, same order.
        contributions: of `largest_contributions`, same order.
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
            # As arrays: a column of stamps with a zone becomes one object a row in NumPy.
            "prediction_timestamp": pd.to_datetime(stamps, utc=True).array,
            "market_close_time": pd.to_datetime(inputs["start"], utc=True).array,
            "time_to_game_minutes": np.asarray(minutes),
        }
    )
    for target in TARGETS:
        probability = select_final_probability(predicted, target).to_numpy(dtype=float)
        known = ~np.isnan(probability)
        rows[f"{target}_probability"] = probability.round(4)
        rows[f"{target}_binary"] = pd.Series((probability >= 0.5).astype(int), dtype="Int64").where(known)
        rows[f"{target}_confidence"] = np.maximum(probability, 1 - probability).round(2)
    rows["feature_importance"] = _objects(importance.get(stage, {}) for stage in inputs["stage"])
    rows["prediction_explanation"] = _objects(_build_explanations(inputs, predicted, contributions))
    weights = _numbers(column(predicted, "anchor_weight"))
    rows["model_confidence_factors"] = _objects(
        {"anchor_weight": weight, "stage": stage} for weight, stage in zip(weights, inputs["stage"], strict=True)
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


def _build_explanations(
    inputs: pd.DataFrame, predicted: pd.DataFrame, contributions: list[Contributions]
) -> Iterator[dict[str, Any]]:
    market_probability = {
        MONEYLINE.key: expit(column(inputs, "market_home_logit")),
        TOTAL.key: column(inputs, "market_total_over_probability"),
        SPREAD.key: column(inputs, "market_spread_home_probability"),
    }
    unknown, none = np.full(len(inputs), np.nan), np.zeros(len(inputs))
    by_market = []
    for market in MARKETS:
        target = market.target
        numbers = {
            **{view: column(predicted, f"{view}_{target}") for view in VIEWS},
            "final": select_final_probability(predicted, target).to_numpy(np.float64),
            "market": market_probability[market.key],
            "low": column(predicted, f"{target}_low"),
            "high": column(predicted, f"{target}_high"),
            "expected_close": column(predicted, f"expected_close_{target}"),
            "expected_close_sd": column(predicted, f"expected_close_{target}_sd"),
            "input_age_sd": column(predicted, f"{target}_input_age_sd"),
            "push": column(predicted, f"push_{target}") if market.can_push else none,
            "line": predicted[f"{market.key}_line"].to_numpy(np.float64) if market.has_line else unknown,
        }
        by_market.append(_records(numbers))
    runs = _records({name: predicted[name].to_numpy(np.float64) for name in _RUNS})
    ages = _records({group.name: column(inputs, group.column) for group in INPUT_GROUPS})
    for *markets, of_runs, price_stage, of_ages, terms in zip(
        *by_market, runs, inputs["price_stage"], ages, contributions, strict=True
    ):
        yield {
            **dict(zip(TARGETS, markets, strict=True)),
            "runs": of_runs,
            "price_stage": price_stage,
            "input_ages": of_ages,
            "contributions": terms,
        }


def _records(numbers: Mapping[str, Floats]) -> list[dict[str, float | None]]:
    """One dict a row of columns of numbers."""
    columns = [_numbers(values) for values in numbers.values()]
    return [dict(zip(numbers, row, strict=True)) for row in zip(*columns, strict=True)]


def _numbers(values: Floats) -> list[float | None]:
    """Numbers as an explanation keeps them; unknown is None."""
    return [None if math.isnan(value) else round(value, _DIGITS) for value in values.tolist()]


def _objects(values: Iterable[dict[str, Any]]) -> "pd.Series[Any]":
    return pd.Series(list(values), dtype=object)
