"""The prediction of one game: the stored one, or one computed for the request.

Belongs here: from the id of a game to its response; for a game without a stored prediction through the flow that
predicts partitions, from stored features as of now. Nothing is written.
Not here: building features (the pipeline does), stakes.
"""

import pandas as pd

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.flows.predictions import predict_inputs
from mlb_ml_assets.serving.answers import PredictionResponse
from mlb_ml_assets.serving.database import ReadDatabase
from mlb_ml_assets.serving.model_registry import ModelRegistry, model_at
from mlb_ml_assets.serving.predictions import build_response, read_prediction, require_model, resolve_game
from mlb_ml_assets.serving.problems import Problem, not_found
from mlb_ml_assets.serving.services import Services
from mlb_ml_assets.warehouse.api_reads import Connection, Row, read_game
from mlb_ml_assets.warehouse.decision_inputs import read_inputs
from mlb_ml_assets.warehouse.game_models import GameModelRow


def predict_game(
    services: Services, given: int | str, model_name: str | None, field: str, *, explained: bool
) -> PredictionResponse:
    """The newest stored prediction of a game, or one computed now with the model of this instant.

    Args:
        services: of the running API.
        given: the id of the game in any form.
        model_name: by default the newest prediction of either stage.
        field: path of the id in the request, for errors.
        explained: include the explanation.

    Raises:
        Problem: 404 or 409 for the game, 404 for the model, as `predict_now`.
    """

    def unit(connection: Connection) -> tuple[int, PredictionResponse | None]:
        if model_name is not None:
            require_model(connection, model_name, field.split(".", maxsplit=1)[0] + ".model_name")
        game_id = resolve_game(connection, given, field)
        return game_id, read_prediction(connection, game_id, model_name, explained=explained)

    game_id, stored = services.read(unit)
    if stored is not None:
        return stored
    if model_name is not None and model_name not in GAME_MODEL.names:
        raise not_found("no-prediction", f"{model_name} has no prediction of game {game_id}", field, given)
    computed = predict_now(services.database, services.registry, game_id, model_name=model_name, explained=explained)
    services.metrics.computed.inc()
    return computed


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
            f"game {game['game_id']} has neither a prediction nor features{f' at stage {stage}' if stage else ''}. "
            f"Next: `{read_next_commands(connection).for_features(day, day)}`",
        )
    return inputs


def _is_missing(value: object) -> bool:
    return pd.api.types.is_scalar(value) and bool(pd.isna(value))
