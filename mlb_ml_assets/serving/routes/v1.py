"""The addresses of /api/v1 that existing clients call.

Belongs here: their parameters and responses, exactly as those clients use them.
Not here: the translation (contract.py), what /api/v2 serves (the other files of this package).
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from mlb_ml_assets.domain.clock import present, today
from mlb_ml_assets.domain.markets import MONEYLINE, TARGETS, Target
from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.serving.contract import (
    METRICS,
    MODEL_TYPE,
    ContractModelInfo,
    ContractPrediction,
    LeaderboardRow,
    rank_windows,
    to_contract,
)
from mlb_ml_assets.serving.model_registry import model_at
from mlb_ml_assets.serving.on_demand import predict_game
from mlb_ml_assets.serving.predictions import build_responses, require_model
from mlb_ml_assets.serving.problems import Problem, not_found, unusable
from mlb_ml_assets.serving.routes.models import Name, Version
from mlb_ml_assets.serving.routes.models import performance as performance_of_model
from mlb_ml_assets.serving.routes.predict import BatchRequest, PredictionRequest
from mlb_ml_assets.serving.routes.predict import predictions_today as predictions_of_today
from mlb_ml_assets.serving.services import GameId, ModelName, Paged, Served, Services
from mlb_ml_assets.warehouse.api_reads import (
    Connection,
    Row,
    model_versions,
    models,
    newest_windows,
    performance_windows,
    predicting_version,
    recent_predictions,
)

router = APIRouter(tags=["existing clients"])
_RECENT_DAYS = 365
_ALL_VERSIONS = 10_000


@router.post("/predict", summary="Predict a game")
def predict(question: PredictionRequest, services: Served, response: Response) -> ContractPrediction:
    """The newest usable prediction of a game; 404 with the reason if there is none."""
    response.headers["Cache-Control"] = "no-store"
    return _predict(services, question.game_id, question.model_name, "body.game_id", question.include_explanation)


@router.post("/predict/batch", summary="Predict up to 50 games")
def predict_batch(question: BatchRequest, services: Served, response: Response) -> list[ContractPrediction]:
    """A list in the order sent; if some game has no prediction, a 404 that names each such game.

    /api/v2/predict/batch has a prediction or a problem for each game.
    """
    response.headers["Cache-Control"] = "no-store"
    limit = services.settings.max_batch
    if len(question.game_ids) > limit:
        raise unusable("body.game_ids", f"a batch has {limit} games at most", f"{len(question.game_ids)} games")
    found: list[ContractPrediction] = []
    problems: list[Problem] = []
    for position, game_id in enumerate(question.game_ids):
        field = f"body.game_ids.{position}"
        try:
            found.append(_predict(services, game_id, question.model_name, field, question.include_explanation))
        except Problem as problem:
            if problem.status == 503 or problem.kind == "unknown-model":
                raise
            problems.append(problem)
    if problems:
        errors = [error for problem in problems for error in problem.errors]
        status = problems[0].status if len({problem.status for problem in problems}) == 1 else 404
        detail = (
            f"{len(problems)} of {len(question.game_ids)} games have no prediction; the first: {problems[0].detail}"
        )
        raise Problem(status, problems[0].kind, detail, errors)
    return found


@router.get("/predict/{game_id}", summary="The prediction of a game")
def prediction_of_game(
    *,
    game_id: GameId,
    services: Served,
    model_name: ModelName = None,
    include_explanation: Annotated[bool, Query(description="Include views, run rates and contributions.")] = False,
) -> ContractPrediction:
    """As POST /predict."""
    return _predict(services, game_id, model_name, "path.game_id", include_explanation)


@router.get("/predictions/today", summary="Today's predictions")
def predictions_today(
    *,
    services: Served,
    request: Request,
    response: Response,
    model_name: ModelName = None,
    min_confidence: Annotated[
        float | None, Query(ge=0, le=1, allow_inf_nan=False, description="Minimum of the highest confidence.")
    ] = None,
    page: Paged,
) -> list[ContractPrediction]:
    """The newest prediction of each game of today's official date (Eastern), by start."""
    found = predictions_of_today(
        services=services, request=request, response=response, model_name=model_name, min_confidence=min_confidence,
        page=page,
    )  # fmt: skip
    return [to_contract(each) for each in found]


@router.get("/models/active", summary="Active models")
def active(services: Served) -> list[ContractModelInfo]:
    """The models that predict now."""
    return services.read(lambda connection: [_read_model(connection, name, None) for name in GAME_MODEL.names])


@router.get("/models/leaderboard", summary="Models by a metric")
def leaderboard(
    *,
    services: Served,
    metric: Annotated[
        str,
        Query(max_length=60, description=f"One of {', '.join(METRICS)}.", json_schema_extra={"enum": list(METRICS)}),
    ] = "roi_percentage",
    prediction_type: Target | None = None,
    days: Annotated[int, Query(ge=1, le=365, description="Windows that end within this many days.")] = 30,
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> list[LeaderboardRow]:  # type: ignore[valid-type]
    """The newest window of each model version and target, best by the metric first."""
    if metric not in METRICS:
        raise unusable("query.metric", f"use one of {', '.join(METRICS)}", metric)
    since = today() - timedelta(days=days)
    rows = services.read(lambda connection: newest_windows(connection, since, prediction_type))
    return rank_windows(rows, metric, limit)


@router.get("/models/{name}", summary="A model")
def model(name: Name, services: Served, model_version: Version = None) -> ContractModelInfo:
    """One version of a model; by default the active one, else the newest."""

    def unit(connection: Connection) -> ContractModelInfo:
        require_model(connection, name, "path.name")
        return _read_model(connection, name, model_version)

    return services.read(unit)


# The same windows as /api/v2: our additional fields are no change to existing clients.
router.get("/models/{name}/performance", summary="A model's performance")(performance_of_model)


@router.get("/models/{name}/recent-predictions", summary="A model's newest predictions")
def newest_predictions(
    *,
    name: Name,
    services: Served,
    model_version: Version = None,
    days: Annotated[int, Query(ge=1, le=30, description="Predictions of the last days.")] = 7,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[ContractPrediction]:
    """By prediction_timestamp, newest first."""

    def unit(connection: Connection) -> list[ContractPrediction]:
        require_model(connection, name, "path.name")
        since = present() - timedelta(days=days)
        rows = recent_predictions(connection, name, model_version=model_version, since=since, limit=limit)
        return [to_contract(each) for each in build_responses(connection, rows, explained=False)]

    return services.read(unit)


def _predict(
    services: Services,
    given: int | str,
    model_name: str | None,
    field: str,
    explained: bool,  # noqa: FBT001
) -> ContractPrediction:
    try:
        return to_contract(predict_game(services, given, model_name, field, explained=explained))
    except Problem as problem:
        if problem.kind in {"no-features", "no-model"}:
            # Existing clients know one status for a game without a prediction.
            raise not_found(problem.kind, problem.detail, field, given) from problem
        raise


def _read_model(connection: Connection, name: str, version: str | None) -> ContractModelInfo:
    trained = model_versions(connection, name, _ALL_VERSIONS, 0) if name in GAME_MODEL.names else []
    active_version = model_at(connection, present())[0].model_version if trained else None
    if trained:
        wanted = version or active_version
        row = next((each for each in trained if each["model_version"] == wanted), None)
    else:
        row = predicting_version(connection, name, version)
    if row is None:
        detail = f"model {name} has no version {version}" if version else f"model {name} has no version yet"
        raise not_found("unknown-model-version", detail, "query.model_version", version or "")
    recent = _newest_window(connection, name)
    totals = next((each for each in models(connection) if each["model_name"] == name), {"predictions": 0})
    return ContractModelInfo(
        model_name=name,
        model_version=row["model_version"],
        model_type=MODEL_TYPE if trained else "unknown",
        is_active=row["model_version"] == active_version,
        created_at=row["trained_at"] if trained else row["created_at"],
        recent_accuracy=recent.get("accuracy"),
        recent_roi=recent.get("roi_percentage"),
        total_predictions=row["predictions"] if version else totals["predictions"],
        description=f"Baseball, past closing prices and the present price, at stage {GAME_MODEL.stage_of(name)}"
        if trained
        else None,
        target_variable=", ".join(TARGETS) if trained else None,
        feature_version=row["feature_version"],
    )


def _newest_window(connection: Connection, name: str) -> Row:
    since = today() - timedelta(days=_RECENT_DAYS)
    rows = performance_windows(connection, since, model_name=name, prediction_type=MONEYLINE.target, limit=1)
    return rows[0] if rows else {}
