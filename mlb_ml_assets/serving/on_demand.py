"""A prediction computed for a request: stored features as of now, the rules of the pipeline, nothing written.

Belongs here: from a game without a stored prediction to its response, through the flow that predicts partitions.
Not here: building features (the pipeline does), stakes.
"""

from datetime import timedelta

import pandas as pd

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.flows.predictions import predict_inputs
from mlb_ml_assets.serving.answers import PredictionResponse
from mlb_ml_assets.serving.database import ReadDatabase
from mlb_ml_assets.serving.model_registry import ModelRegistry, model_at
from mlb_ml_assets.serving.predictions import build_response
from mlb_ml_assets.serving.problems import Problem
from mlb_ml_assets.warehouse.api_reads import Connection, Row, read_game
from mlb_ml_assets.warehouse.decision_inputs import read_inputs
from mlb_ml_assets.warehouse.game_models import GameModelRow


def predict_now(
    database: ReadDatabase,
    registry: ModelRegistry,
    game_id: int,
    *,
    model_name: str | None = None,
    explained: bool = False,
) -> PredictionResponse:
    """The prediction of a game without a stored one, from its newest stored features known by now.

    No database session is held while the model is loaded, which can take seconds the first time.

    Raises:
        Problem: 409 if the game has no features or no model yet, with the command to run; 503 without a registry.
    """

    def read_inputs_and_model(connection: Connection) -> tuple[Row, pd.DataFrame, GameModelRow]:
        game = read_game(connection, game_id)
        assert game is not None
        inputs = _read_newest_inputs(connection, game, None if model_name is None else GAME_MODEL.stage_of(model_name))
        row, _ = model_at(connection, inputs["as_of"].iloc[0].to_pydatetime())
        return game, inputs, row

    game, inputs, row = database.read(read_inputs_and_model)
    (predicted,) = predict_inputs(inputs, registry.load(row), row).to_dict("records")
    known = {str(name): value for name, value in predicted.items() if not _is_missing(value)}
    return build_response({**game, **known}, [], stored=False, explained=explained)


def _read_newest_inputs(connection: Connection, game: Row, stage: str | None) -> pd.DataFrame:
    day = game["game_date"]
    inputs = read_inputs(connection, day, day)
    if len(inputs):
        known = (inputs["game_id"] == game["game_id"]) & (inputs["as_of"] <= pd.Timestamp(present()))
        if stage is not None:
            known &= inputs["stage"] == stage
        inputs = inputs[known].sort_values("as_of").tail(1).reset_index(drop=True)
    if inputs.empty:
        raise Problem(
            409,
            "no-features",
            f"game {game['game_id']} has neither a prediction nor features{f' at stage {stage}' if stage else ''}: "
            f"run `mlb-ml run --from {day} --to {day + timedelta(days=1)}`",
        )
    return inputs


def _is_missing(value: object) -> bool:
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))
