"""The loader that a logged game model names, so that plain `mlflow.pyfunc.load_model` loads it in any process.

Belongs here: the loader and the one `predict` that MLflow calls.
Not here: pickles; the model's own files are JSON and npz arrays, written by modeling/game_model.py. Logged models name
this module: it stays where it is.
"""

from pathlib import Path
from typing import Any

import pandas as pd

from mlb_ml_assets.modeling.game_model import GameModel


class GameModelPyfunc:
    """A game model as MLflow sees it: a feature frame in, every target at the frame's lines out."""

    def __init__(self, model: GameModel) -> None:
        self.model = model

    def predict(self, frame: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Probabilities of all targets, one row per row of `frame`; see `GameModel.predict` for the columns."""
        del params
        return self.model.predict(frame)


def _load_pyfunc(path: str) -> GameModelPyfunc:
    return GameModelPyfunc(GameModel.load(Path(path)))
