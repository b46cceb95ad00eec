"""What is at risk: unsettled stakes of all decisions, beside what they are worth now.

Belongs here: /exposure and its response models.
Not here: reading and adding up (flows/exposure.py), the page (pages/board_page.py).
"""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field

from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.domain.markets import MarketKey, Side
from mlb_ml_assets.domain.models import Stage
from mlb_ml_assets.flows.exposure import read_exposure
from mlb_ml_assets.serving.answers import Answer
from mlb_ml_assets.serving.problems import unusable
from mlb_ml_assets.serving.services import Day, Served, check_date

router = APIRouter(tags=["bets"])
_MOST_DAYS = 31


class AtRiskBet(Answer):
    """A stake that a decision advised and that is not settled; fractions of bankroll."""

    tables = ("curated.ml_recommendations",)

    game_id: int
    game_date: date
    away_team: str
    home_team: str
    title: str = Field(description="Away and home team.")
    start: datetime = Field(description="Scheduled first pitch.")
    stage: Stage
    market_type: MarketKey
    side: Side
    book: str
    book_name: str = Field(description="The book as its catalog names it.")
    operator: str = Field(description="The book's operator, by which caps apply.")
    odds: int = Field(description="American odds taken.")
    line_value: float | None = None
    stake: float
    decided_at: datetime
    value_then: float | None = Field(None, description="Expected value per unit at the decision.")
    value_now: float | None = Field(
        None, description="Of the price taken, at the newest forecast; null where that is for another line."
    )
    availability: Literal["same", "better", "worse", "gone", "started", "unknown"] = Field(
        description="What the book offers of the bet's line now, against the price taken."
    )
    odds_now: int | None = Field(None, description="The book's price of the same line now.")
    is_withdrawn: bool = Field(description="A newer decision of the stage advises against it; placed, it is at risk.")


class ExposureAnswer(Answer):
    """Stakes at risk, fractions of bankroll; those of withdrawn advice are included."""

    total: float
    withdrawn: float = Field(description="The part that newer decisions advise against.")
    by_game: dict[str, float] = Field(description="By away and home team, largest first.")
    by_day: dict[str, float] = Field(description="By official date.")
    by_operator: dict[str, float]
    bets: list[AtRiskBet] = Field(description="By start.")


@router.get("/exposure", summary="What is at risk")
def exposure(
    *,
    services: Served,
    from_day: Annotated[Day | None, Query(description="First official date; default yesterday.")] = None,
    to_day: Annotated[Day | None, Query(description="The official date after the last; default in two days.")] = None,
) -> ExposureAnswer:
    """Unsettled stakes of all decisions: price taken, value now, whether the book still offers them, and their sums."""
    first = check_date(from_day, "query.from_day") if from_day else today() - timedelta(days=1)
    last = (check_date(to_day, "query.to_day") if to_day else today() + timedelta(days=2)) - timedelta(days=1)
    if not 0 <= (last - first).days < _MOST_DAYS:
        raise unusable("query.to_day", f"use a day after from_day, by at most {_MOST_DAYS} days", str(to_day or last))
    found = services.read(lambda connection: read_exposure(connection, DayRange(first, last)))
    sums = {name: getattr(found, name) for name in ("total", "withdrawn", "by_game", "by_day", "by_operator")}
    return ExposureAnswer(**sums, bets=[AtRiskBet(**vars(bet)) for bet in found.bets])
