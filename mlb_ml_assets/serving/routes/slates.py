"""Days with games, and the slate of one day.

Belongs here: /slates, /slates/{day}, and its predictions and recommendations.
Not here: the page of a day (pages/).
"""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.domain.models import Stage
from mlb_ml_assets.serving.answers import PredictionResponse, Recommendation, Slate, SlateDay
from mlb_ml_assets.serving.predictions import build_responses, require_model
from mlb_ml_assets.serving.services import Day, ModelName, Paged, Served, check_date, set_page_headers
from mlb_ml_assets.warehouse.api_reads import Connection, predictions_of_day, recommendations_of, slate_days

router = APIRouter(tags=["slates"])


class DayRecommendation(Recommendation):
    """A recommendation with its game and prediction."""

    game_id: int
    prediction_id: int


@router.get("/slates", summary="Days with games")
def days(
    *,
    services: Served,
    until: Annotated[Day | None, Query(description="Last official date to show; default tomorrow.")] = None,
    page: Paged,
) -> list[SlateDay]:
    """Latest first, with the number of predicted games and of bets."""
    last = check_date(until, "query.until") if until else date.fromordinal(today().toordinal() + 1)
    rows = services.read(lambda connection: slate_days(connection, last, page.limit, page.offset))
    return [SlateDay.model_validate(row) for row in rows]


@router.get("/slates/{day}", summary="A day's slate", response_model=Slate)
async def slate(
    *,
    day: Day,
    services: Served,
    request: Request,
    stage: Annotated[Stage | None, Query(description="Only predictions of one stage.")] = None,
) -> Response:
    """Every game of an official date with both sides of its markets; the ETag changes with any of it."""
    found = await services.slates.of(check_date(day, "path.day"), stage)
    return found.json.response(request)


@router.get("/slates/{day}/predictions", summary="A day's predictions")
def predictions(
    *,
    day: Day,
    services: Served,
    request: Request,
    response: Response,
    model_name: ModelName = None,
    min_confidence: Annotated[float | None, Query(ge=0, le=1, allow_inf_nan=False)] = None,
    include_explanation: bool = False,
    page: Paged,
) -> list[PredictionResponse]:
    """The newest prediction of each game of an official date, by start."""
    check_date(day, "path.day")

    def unit(connection: Connection) -> tuple[list[PredictionResponse], int]:
        if model_name is not None:
            require_model(connection, model_name, "query.model_name")
        rows, total = predictions_of_day(
            connection, day, model_name=model_name, min_confidence=min_confidence, limit=page.limit, offset=page.offset
        )
        return build_responses(connection, rows, explained=include_explanation), total

    found, total = services.read(unit)
    set_page_headers(request, response, total, page)
    return found


@router.get("/slates/{day}/recommendations", summary="A day's recommendations")
def recommendations(
    *,
    day: Day,
    services: Served,
    request: Request,
    response: Response,
    model_name: ModelName = None,
    only_bets: Annotated[bool, Query(description="Only sides with a stake.")] = False,
    page: Paged,
) -> list[DayRecommendation]:
    """Both sides of each market of the newest predictions of an official date."""
    check_date(day, "path.day")

    def unit(connection: Connection) -> list[DayRecommendation]:
        if model_name is not None:
            require_model(connection, model_name, "query.model_name")
        rows, _ = predictions_of_day(connection, day, model_name=model_name, limit=500)
        by_prediction = recommendations_of(connection, [row["prediction_id"] for row in rows])
        return [DayRecommendation.model_validate(bet) for bets in by_prediction.values() for bet in bets]

    found = services.read(unit)
    if only_bets:
        found = [each for each in found if each.stake > 0]
    set_page_headers(request, response, len(found), page)
    return found[page.offset : page.offset + page.limit]
