"""Forecasts against the close, and results of bets.

Belongs here: /performance/close, /performance/calibration, /performance/bets.
Not here: a single model's windows (models.py), the page (pages/).
"""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query

from mlb_ml_assets.domain.markets import MONEYLINE, MarketKey, Target
from mlb_ml_assets.domain.models import LINEUP
from mlb_ml_assets.domain.models import Stage as StageKey
from mlb_ml_assets.serving import track_record
from mlb_ml_assets.serving.performance_answers import BettingDay, CalibrationBin, Comparison
from mlb_ml_assets.serving.services import Day, ModelName, Paged, Served, check_date
from mlb_ml_assets.serving.track_record import FIRST_DAY, LAST_DAY
from mlb_ml_assets.warehouse.api_reads import comparisons

router = APIRouter(prefix="/performance", tags=["performance"])
Stage = Annotated[
    StageKey, Query(description="Predictions at the first price (open) or an hour before first pitch (lineup).")
]
FromDay = Annotated[Day | None, Query(description="First official date.")]
ToDay = Annotated[Day | None, Query(description="The official date after the last.")]
_Word = Annotated[str | None, Query(pattern=r"^[\w.\-]{1,40}$")]


@router.get("/close", summary="Differences to the close")
def against_the_close(
    *,
    services: Served,
    model_name: ModelName = None,
    prediction_type: Target | None = None,
    model_version: Annotated[
        str | None, Query(pattern=r"^[\w.\-]{1,20}$", description="walk-forward for windows longer than a month.")
    ] = None,
    forecaster: Annotated[_Word, Query(description="blind, memory, anchored, …")] = None,
    reference: Annotated[_Word, Query(description="open or close; default both.")] = None,
    seasons_only: Annotated[bool, Query(description="Only windows of a whole year.")] = False,
    page: Paged,
) -> list[Comparison]:
    """Windows of curated.market_comparison, latest first."""
    chosen = {
        "model_name": model_name,
        "prediction_type": prediction_type,
        "model_version": model_version,
        "forecaster": forecaster,
        "reference": reference,
    }
    rows = services.read(
        lambda connection: comparisons(
            connection, seasons_only=seasons_only, limit=page.limit, offset=page.offset, **chosen
        )
    )
    return [Comparison.model_validate(row) for row in rows]


@router.get("/calibration", summary="Calibration")
def calibration(
    services: Served,
    market_type: MarketKey = MONEYLINE.key,
    stage: Stage = LINEUP,
    from_day: FromDay = None,
    to_day: ToDay = None,
    width: Annotated[Literal["0.025", "0.05", "0.1"], Query(description="Width of a bin.")] = "0.05",
) -> list[CalibrationBin]:
    """Predicted against observed, in bins, for the final probability and for the close."""
    first, last = _range(from_day, to_day)
    return services.read(
        lambda connection: track_record.calibration(connection, stage, market_type, first, last, float(width))
    )


@router.get("/bets", summary="Bets by day")
def bets(services: Served, stage: Stage = LINEUP, from_day: FromDay = None, to_day: ToDay = None) -> list[BettingDay]:
    """Stakes, results and closing line value of each day, and the bankroll after it."""
    first, last = _range(from_day, to_day)
    return services.read(lambda connection: track_record.betting_days(connection, stage, first, last))


def _range(from_day: date | None, to_day: date | None) -> tuple[date, date]:
    first = check_date(from_day, "query.from_day") if from_day else FIRST_DAY
    last = check_date(to_day, "query.to_day") if to_day else LAST_DAY
    return first, last
