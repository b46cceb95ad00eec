"""Predictions of a range of days: stored features and prices in, rows of curated.ml_predictions out.

Belongs here: reading, predicting, writing.
Not here: which model predicts which row (model_choice.py), the rows' layout (prediction_rows.py), models (modeling/).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.domain.time_rules import CUTOFF_BEFORE_START
from mlb_ml_assets.flows.model_choice import read_model_choice
from mlb_ml_assets.flows.prediction_rows import build_prediction_rows, largest_contributions, largest_importances
from mlb_ml_assets.modeling.game_model import GameModel
from mlb_ml_assets.registry.game_model_runs import load_game_model, local_folder
from mlb_ml_assets.warehouse.decision_inputs import read_inputs
from mlb_ml_assets.warehouse.game_models import GameModelRow
from mlb_ml_assets.warehouse.locks import lock_days
from mlb_ml_assets.warehouse.predictions import write_predictions
from mlb_ml_assets.warehouse.settings import DatabaseSettings

TABLE = "curated.ml_predictions"


@dataclass
class KeptInputs:
    """What a process that stays has predicted, by feature vector. It holds as long as models and schedule do."""

    predicted: dict[int, tuple[Any, ...]] = field(default_factory=dict)

    def select_new(self, inputs: pd.DataFrame) -> pd.DataFrame:
        """The rows of `read_inputs` that are new or other than before, now taken for predicted; indexed from 0."""
        # Missing values equal each other as bytes alone.
        numbers = inputs.select_dtypes("number").to_numpy(np.float64, na_value=np.nan)
        others = inputs.select_dtypes(exclude="number").astype(str).itertuples(index=False, name=None)
        rows = {
            vector: (numbers[row].tobytes(), *other)
            for row, (vector, other) in enumerate(zip(inputs["feature_vector_id"].tolist(), others, strict=True))
        }
        is_new = [self.predicted.get(vector) != row for vector, row in rows.items()]
        self.predicted |= rows
        return inputs[is_new].reset_index(drop=True)


def predict_days(
    connection: psycopg.Connection[Any],
    days: DayRange,
    kept: KeptInputs | None = None,
    games: Collection[int] | None = None,
) -> dict[str, Any]:
    """Predict every stored decision of the games of `days`; say for how many there is no model.

    Args:
        connection: any.
        days: official dates.
        kept: of a process that stays; decisions that it predicted from the same inputs are left out.
        games: only these of them; None means all.
    """
    with connection.transaction():
        lock_days(connection, TABLE, days.first, days.last)
        frame = read_inputs(connection, days.first, days.last, games)
        if kept is not None and len(frame):
            frame = kept.select_new(frame)
        if frame.empty:
            return {"predictions": 0}
        choice = read_model_choice(connection, pd.DatetimeIndex(frame["as_of"]))
        if any(local_folder(model.artifact_uri) is None for model in choice.used):
            _use_tracking_store(DatabaseSettings.from_environment().mlflow_tracking_uri)
        parts = []
        for row in choice.used:
            inputs = frame[choice.positions == choice.models.index(row)].reset_index(drop=True)
            parts.append(
                predict_inputs(inputs, load_game_model(row.model_uri, row.artifact_uri, row.file_digests), row)
            )
        rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
        if len(rows):
            frozen = rows["market_close_time"] - CUTOFF_BEFORE_START <= pd.Timestamp(present())
            written = write_predictions(connection, rows, frozen)
    report: dict[str, Any] = {
        "predictions": len(rows),
        "decisions before the first model": int((choice.positions < 0).sum()),
        "model versions": ", ".join(row.model_version for row in choice.used),
    }
    if len(rows):
        report |= {"rows new": written.inserted, "rows changed": written.updated}
    return report


@cache
def _use_tracking_store(address: str) -> None:  # noqa: ARG001 (once for each store)
    """Once a process: importing MLflow and asking for its experiments takes seconds, and loaded models are kept."""
    from mlb_ml_assets.registry.tracking import use_tracking_store

    use_tracking_store()


def predict_inputs(inputs: pd.DataFrame, model: GameModel, row: GameModelRow) -> pd.DataFrame:
    """Rows of curated.ml_predictions for decisions by one model, stored or made on request alike.

    Args:
        inputs: of `warehouse.decision_inputs.read_inputs`, indexed from 0.
        model: the loaded model.
        row: the model's record.
    """
    predicted, explained = model.predict_and_explain(inputs)
    contributions = largest_contributions(explained, inputs.index)
    return build_prediction_rows(inputs, predicted, contributions, row, largest_importances(model))
