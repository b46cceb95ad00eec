"""Models: which predict, which are trained, how they did.

Belongs here: /models/active, /models/leaderboard, /models/{name} and what is below it.
Not here: promotion; the registry itself.
"""

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from mlb_ml_assets.domain.clock import present, today
from mlb_ml_assets.serving.answers import PredictionResponse, Target
from mlb_ml_assets.serving.model_registry import RegistryState, model_at
from mlb_ml_assets.serving.performance_answers import ActiveModel, Model, ModelVersion, Standing, Window
from mlb_ml_assets.serving.predictions import OUR_MODELS, answers, stage_of
from mlb_ml_assets.serving.routes.predict import require_model
from mlb_ml_assets.serving.services import Paged, Served
from mlb_ml_assets.warehouse.api_reads import (
    Connection,
    leaderboard,
    model_versions,
    models,
    performance_windows,
    recent_predictions,
)

router = APIRouter(prefix="/models", tags=["models"])
Name = Annotated[str, Path(pattern=r"^[\w.\-]{1,100}$", description="As in the tables' model_name.")]


@router.get("/active", summary="Models that predict now")
def active(services: Served) -> list[ActiveModel]:
    """The champion at each stage; before the first promotion the newest model that may predict now."""
    heard = services.registry.state()
    return services.read(lambda connection: _active(connection, heard))


# Before /{name}: routes match in order, and a model called leaderboard there is none.
@router.get("/leaderboard", summary="Forecasters against the close")
def standings(*, services: Served, prediction_type: Target | None = None, page: Paged) -> list[Standing]:
    """Every view of every model over its walk-forward seasons, best against the close first, target by target."""
    rows = services.read(lambda connection: leaderboard(connection, prediction_type, page.limit, page.offset))
    return [
        Standing.model_validate({**row, "rank": page.offset + position}) for position, row in enumerate(rows, start=1)
    ]


@router.get("/{name}", summary="A model")
def model(*, name: Name, services: Served, page: Paged) -> Model:
    """What it has predicted, and its trained months, newest first."""

    def unit(connection: Connection) -> Model:
        require_model(connection, name, "path.name")
        row = next((each for each in models(connection) if each["model_name"] == name), None)
        versions = model_versions(connection, name, page.limit, page.offset) if name in OUR_MODELS else []
        return Model(
            model_name=name,
            stage=stage_of(name),  # type: ignore[arg-type]
            predictions=row["predictions"] if row else 0,
            newest_prediction=row["newest_prediction"] if row else None,
            newest_version=row["newest_version"] if row else None,
            versions=[ModelVersion.model_validate(each) for each in versions],
        )

    return services.read(unit)


@router.get("/{name}/performance", summary="How a model did")
def performance(
    *,
    name: Name,
    services: Served,
    days: Annotated[int, Query(ge=1, le=36_500, description="Windows that reach into the last so many days.")] = 30,
    prediction_type: Target | None = None,
    page: Paged,
) -> list[Window]:
    """Windows of curated.ml_model_performance, latest first, each with its paired difference to the close."""
    since = today() - timedelta(days=days)

    def unit(connection: Connection) -> list[Window]:
        require_model(connection, name, "path.name")
        rows = performance_windows(
            connection, since, model_name=name, prediction_type=prediction_type, limit=page.limit, offset=page.offset
        )
        return [Window.model_validate(row) for row in rows]

    return services.read(unit)


@router.get("/{name}/recent-predictions", summary="A model's newest predictions")
def newest_predictions(
    *, name: Name, services: Served, request: Request, response: Response, page: Paged
) -> list[PredictionResponse]:
    """By data instant, newest first."""

    def unit(connection: Connection) -> list[PredictionResponse]:
        require_model(connection, name, "path.name")
        return answers(connection, recent_predictions(connection, name, page.limit, page.offset), explained=False)

    made = services.read(unit)
    if len(made) == page.limit:
        response.headers["Link"] = (
            f'<{request.url.path}?limit={page.limit}&offset={page.offset + page.limit}>; rel="next"'
        )
    return made


def _active(connection: Connection, heard: RegistryState) -> list[ActiveModel]:
    row, champion = model_at(connection, present())
    told = {"alias": "champion" if champion else "newest", "model_registry": heard.state}
    return [
        ActiveModel.model_validate({**vars(row), "model_name": name, "stage": stage_of(name), **told})
        for name in OUR_MODELS
    ]
