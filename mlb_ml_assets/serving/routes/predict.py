"""Predictions of a game, of a batch, of today.

Belongs here: /predict, /predict/batch, /predict/{game_id}, /predictions/today.
Not here: whole slates with prices (slates.py).
"""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.serving.answers import BatchItem, BatchResponse, PredictionResponse
from mlb_ml_assets.serving.on_demand import predict_game
from mlb_ml_assets.serving.predictions import build_responses, require_model
from mlb_ml_assets.serving.problems import FieldError, Problem, request_id
from mlb_ml_assets.serving.services import GameId, GameInBody, ModelName, Paged, Served, set_page_headers
from mlb_ml_assets.warehouse.api_reads import Connection, predictions_of_day

router = APIRouter(tags=["predictions"])
_MODEL_PATTERN = r"^[\w.\-]{1,100}$"


class _Request(BaseModel):
    # A misspelled field would silently become a default.
    model_config = ConfigDict(protected_namespaces=(), extra="forbid")


class PredictionRequest(_Request):
    """A game, and the model to use."""

    game_id: GameInBody
    model_name: str | None = Field(None, pattern=_MODEL_PATTERN, description="Default: the newest of either stage.")
    include_explanation: bool = False


class BatchRequest(_Request):
    """Several games, and the model to use."""

    game_ids: Annotated[list[GameInBody], Field(min_length=1)]
    model_name: str | None = Field(None, pattern=_MODEL_PATTERN)
    include_explanation: bool = False


@router.post("/predict", summary="Predict a game")
def predict(question: PredictionRequest, services: Served, response: Response) -> PredictionResponse:
    """The stored prediction, or one computed now from the game's stored features with the champion."""
    response.headers["Cache-Control"] = "no-store"
    return predict_game(
        services, question.game_id, question.model_name, "body.game_id", explained=question.include_explanation
    )


@router.post("/predict/batch", summary="Predict up to 50 games")
def predict_batch(question: BatchRequest, services: Served, request: Request, response: Response) -> BatchResponse:
    """Each game's prediction or problem, in the order sent; one failure does not affect the others."""
    response.headers["Cache-Control"] = "no-store"
    limit = services.settings.max_batch
    if len(question.game_ids) > limit:
        message = f"a batch has {limit} games at most, not {len(question.game_ids)}"
        raise Problem(422, "batch-too-large", message, [FieldError("body.game_ids", message)])
    items = []
    for position, game_id in enumerate(question.game_ids):
        try:
            prediction = predict_game(
                services, game_id, question.model_name, f"body.game_ids.{position}",
                explained=question.include_explanation,
            )  # fmt: skip
        except Problem as problem:
            # A failure that does not concern one game fails the batch.
            if problem.status == 503 or problem.kind == "unknown-model":
                raise
            items.append(BatchItem(game_id=str(game_id)[:20], problem=problem.body(request_id(request))))
        else:
            items.append(BatchItem(game_id=str(game_id), prediction=prediction))
    failed = sum(item.problem is not None for item in items)
    return BatchResponse(predictions=items, total=len(items), failed=failed)


@router.get("/predict/{game_id}", summary="The prediction of a game")
def prediction_of_game(
    *,
    game_id: GameId,
    services: Served,
    model_name: ModelName = None,
    include_explanation: Annotated[bool, Query(description="Include views, run rates and contributions.")] = False,
) -> PredictionResponse:
    """As POST /predict."""
    return predict_game(services, game_id, model_name, "path.game_id", explained=include_explanation)


@router.get("/predictions/today", summary="Today's predictions")
def predictions_today(
    *,
    services: Served,
    request: Request,
    response: Response,
    model_name: ModelName = None,
    min_confidence: Annotated[
        float | None,
        Query(ge=0, le=1, allow_inf_nan=False, description="Minimum of the highest confidence."),
    ] = None,
    page: Paged,
) -> list[PredictionResponse]:
    """The newest prediction of each game of today's official date (Eastern), by start."""

    def unit(connection: Connection) -> tuple[list[PredictionResponse], int]:
        if model_name is not None:
            require_model(connection, model_name, "query.model_name")
        rows, total = predictions_of_day(
            connection,
            today(),
            model_name=model_name,
            min_confidence=min_confidence,
            limit=page.limit,
            offset=page.offset,
        )
        return build_responses(connection, rows, explained=False), total

    found, total = services.read(unit)
    set_page_headers(request, response, total, page)
    response.headers["Cache-Control"] = "private, max-age=5"
    return found
