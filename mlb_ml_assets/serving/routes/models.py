"""Models: which predict now, their trained months, their performance.

Belongs here: /models/active, /models/leaderboard, /models/{name} and what is below it.
Not here: promotion; the registry itself.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from mlb_ml_assets.domain.clock import present, today
from mlb_ml_assets.domain.markets import Target
from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.serving.answers import PredictionResponse
from mlb_ml_assets.serving.model_registry import RegistryState, model_at
from mlb_ml_assets.serving.performance_answers import ActiveModel, Model, ModelVersion, Standing, Window
from mlb_ml_assets.serving.predictions import build_responses, require_model
from mlb_ml_assets.serving.services import Paged, Served, page_link
from mlb_ml_assets.warehouse.api_reads import (
    Connection,
    leaderboard,
    model_versions,
    models,
    performance_windows,
    recent_predictions,
)

router = APIRouter(prefix="/models", tags=["models"])
Version = Annotated[
    str | None, Query(pattern=r"^[\w.\-]{1,20}$", description="model_version of the tables; default all.")
]
Name = Annotated[str, Path(pattern=r"^[\w.\-]{1,100}$", description="model_name of the tables.")]


@router.get("/active", summary="Active models")
def active(services: Served) -> list[ActiveModel]:
    """The champion at each stage; before the first promotion the newest model that may predict now."""
    registry = services.registry.state()
    return services.read(lambda connection: _active(connection, registry))


# Before /{name}: routes match in order.
@router.get("/leaderboard", summary="Forecasters against the close")
def standings(*, services: Served, prediction_type: Target | None = None, page: Paged) -> list[Standing]:
    """Every view of every model over its walk-forward seasons; by target, best against the close first."""
    rows = services.read(lambda connection: leaderboard(connection, prediction_type, page.limit, page.offset))
    return [
        Standing.model_validate({**row, "rank": page.offset + position}) for position, row in enumerate(rows, start=1)
    ]


@router.get("/{name}", summary="A model")
def model(*, name: Name, services: Served, page: Paged) -> Model:
    """Its predictions in numbers, and its trained months, newest first."""

    def unit(connection: Connection) -> Model:
        require_model(connection, name, "path.name")
        row = next((each for each in models(connection) if each["model_name"] == name), None)
        versions = model_versions(connection, name, page.limit, page.offset) if name in GAME_MODEL.names else []
        return Model(
            model_name=name,
            stage=GAME_MODEL.stage_of(name),  # type: ignore[arg-type]
            predictions=row["predictions"] if row else 0,
            newest_prediction=row["newest_prediction"] if row else None,
            newest_version=row["newest_version"] if row else None,
            versions=[ModelVersion.model_validate(each) for each in versions],
        )

    return services.read(unit)


@router.get("/{name}/performance", summary="A model's performance")
def performance(
    *,
    name: Name,
    services: Served,
    days: Annotated[int, Query(ge=1, le=36_500, description="Windows that end within this many days.")] = 30,
    prediction_type: Target | None = None,
    model_version: Version = None,
    page: Paged,
) -> list[Window]:
    """Windows of curated.ml_model_performance, latest first, each with its paired difference to the close."""
    since = today() - timedelta(days=days)

    def unit(connection: Connection) -> list[Window]:
        require_model(connection, name, "path.name")
        rows = performance_windows(
            connection,
            since,
            model_name=name,
            model_version=model_version,
            prediction_type=prediction_type,
            limit=page.limit,
            offset=page.offset,
        )
        return [Window.model_validate(row) for row in rows]

    return services.read(unit)


@router.get("/{name}/recent-predictions", summary="A model's newest predictions")
def newest_predictions(
    *,
    name: Name,
    services: Served,
    request: Request,
    response: Response,
    model_version: Version = None,
    days: Annotated[int | None, Query(ge=1, le=36_500, description="Only of the last days; default all.")] = None,
    page: Paged,
) -> list[PredictionResponse]:
    """By prediction_timestamp, newest first."""

    def unit(connection: Connection) -> list[PredictionResponse]:
        require_model(connection, name, "path.name")
        since = None if days is None else present() - timedelta(days=days)
        rows = recent_predictions(
            connection, name, model_version=model_version, since=since, limit=page.limit, offset=page.offset
        )
        return build_responses(connection, rows, explained=False)

    found = services.read(unit)
    if len(found) == page.limit:
        response.headers["Link"] = page_link(request, "next", page.offset + page.limit, page.limit)
    return found


def _active(connection: Connection, registry: RegistryState) -> list[ActiveModel]:
    row, is_champion = model_at(connection, present())
    alias = {"alias": "champion" if is_champion else "newest", "model_registry": registry.state}
    return [
        ActiveModel.model_validate({**vars(row), "model_name": name, "stage": GAME_MODEL.stage_of(name), **alias})
        for name in GAME_MODEL.names
    ]
