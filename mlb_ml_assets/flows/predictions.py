"""Predictions of a range of days: stored features and prices in, rows of curated.ml_predictions out.

Belongs here: which model predicts which row, reading, predicting, writing.
Not here: the rows' layout (prediction_rows.py), models (modeling/), the registry's files (registry/).
"""

from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.features.decisions import CUTOFF
from mlb_ml_assets.flows.prediction_rows import contribution_lists, importance_lists, prediction_rows
from mlb_ml_assets.registry.game_model_runs import load_game_model, local_folder
from mlb_ml_assets.warehouse.days import lock_days
from mlb_ml_assets.warehouse.decision_inputs import read_inputs
from mlb_ml_assets.warehouse.game_models import GameModelRow, Reign, champions, models_usable_between
from mlb_ml_assets.warehouse.predictions import write_predictions

TABLE = "curated.ml_predictions"


def predict_days(connection: psycopg.Connection[Any], days: DayRange) -> dict[str, Any]:
    """Predict every stored decision of the games of `days`; say for how many there is no model."""
    with connection.transaction():
        lock_days(connection, TABLE, days.first, days.last)
        frame = read_inputs(connection, days.first, days.last)
        if frame.empty:
            return {"predictions": 0}
        models = models_usable_between(connection, frame["as_of"].min(), frame["as_of"].max())
        chosen = _chosen(frame, models, champions(connection))
        if any(local_folder(model.artifact_uri) is None for model in models):
            from mlb_ml_assets.registry.tracking import use_tracking_store

            use_tracking_store()
        parts = [
            _predict(frame[chosen == position], model)
            for position, model in enumerate(models)
            if (chosen == position).any()
        ]
        rows = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()
        if len(rows):
            frozen = rows["market_close_time"] - pd.Timedelta(CUTOFF) <= pd.Timestamp(present())
            written = write_predictions(connection, rows, frozen)
    report: dict[str, Any] = {
        "predictions": len(rows),
        "decisions before the first model": int((chosen < 0).sum()),
        "model versions": ", ".join(models[position].model_version for position in np.unique(chosen[chosen >= 0])),
    }
    if len(rows):
        report |= {"rows new": written.inserted, "rows changed": written.updated}
    return report


def _chosen(frame: pd.DataFrame, models: list[GameModelRow], reigns: list[Reign]) -> np.ndarray:
    """For each decision the position of its model in `models`, to which champions are added; -1 where there is none.

    The newest model whose cutoff is not after the decision; from the first promotion on, who was champion at that
    instant, so that a month's new model bets only after it was promoted, and a day run again is priced as it was.
    """
    instants = pd.DatetimeIndex(frame["as_of"]).as_unit("ns")
    chosen = _last_not_after(instants, [model.cutoff for model in models])
    reigning = _last_not_after(instants, [reign.since for reign in reigns])
    for place in np.unique(reigning[reigning >= 0]):
        champion = reigns[place].champion
        if champion not in models:
            models.append(champion)
        chosen = np.where(reigning == place, models.index(champion), chosen)
    return chosen


def _last_not_after(instants: pd.DatetimeIndex, stamps: list[datetime]) -> np.ndarray:
    ordered = pd.DatetimeIndex(stamps, tz="UTC").as_unit("ns")
    return np.asarray(ordered.searchsorted(instants, side="right") - 1)


def _predict(frame: pd.DataFrame, row: GameModelRow) -> pd.DataFrame:
    frame = frame.reset_index(drop=True)
    model = load_game_model(row.model_uri, row.artifact_uri)
    predicted = model.predict(frame)
    return prediction_rows(
        frame, predicted, contribution_lists(model.explain(frame), frame), row, importance_lists(model)
    )
