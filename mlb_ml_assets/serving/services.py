"""What a running API consists of, and how routes come by it.

Belongs here: the parts in one value, small helpers that every route file uses.
Does not: building them (app.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query, Request, Response

from mlb_ml_assets.clock import present
from mlb_ml_assets.serving.api_keys import KeyChecker
from mlb_ml_assets.serving.database import ReadDatabase
from mlb_ml_assets.serving.metrics import Metrics
from mlb_ml_assets.serving.model_registry import ModelRegistry
from mlb_ml_assets.serving.problems import unusable
from mlb_ml_assets.serving.settings import ServingSettings
from mlb_ml_assets.serving.slate import Slates
from mlb_ml_assets.warehouse.api_reads import Connection

Result = TypeVar("Result")
EASTERN = ZoneInfo("America/New_York")
_FIRST_DAY, _LAST_DAY = date(1876, 1, 1), date(2100, 1, 1)


@dataclass
class Services:
    """The parts of one running API."""

    settings: ServingSettings
    database: ReadDatabase
    registry: ModelRegistry
    slates: Slates
    metrics: Metrics
    keys: KeyChecker

    def read(self, unit: Callable[[Connection], Result]) -> Result:
        """Run one unit of reading; see `ReadDatabase.read`."""
        return self.database.read(unit)


def _services(request: Request) -> Services:
    return request.app.state.services  # type: ignore[no-any-return]


Served = Annotated[Services, Depends(_services)]
GameId = Annotated[
    str,
    Path(description="Our integer id or MLB's gamePk; `id:` or `pk:` before it says which.", max_length=20),
]
ModelName = Annotated[
    str | None,
    Query(
        description="mlb_game_model_open, mlb_game_model_lineup, or another model of the tables.",
        pattern=r"^[\w.\-]{1,100}$",
    ),
]


@dataclass
class Page:
    """Which part of a list is asked for."""

    limit: Annotated[int, Query(ge=1, le=500, description="Rows of a page.")] = 100
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Rows to pass over.")] = 0


Paged = Annotated[Page, Depends()]


def today() -> date:
    """Today's official date: the calendar day in the Eastern zone."""
    return present().astimezone(EASTERN).date()


def sane_day(day: date, field: str) -> date:
    """A day on which baseball can have been or will be played.

    Raises:
        Problem: 422 for any other.
    """
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise unusable(field, f"a day from {_FIRST_DAY} to {_LAST_DAY} is needed", day.isoformat())
    return day


def paged(request: Request, response: Response, total: int, page: Page) -> None:
    """X-Total-Count and the Link header (RFC 8288) of a page."""
    response.headers["X-Total-Count"] = str(total)
    links = []
    if page.offset > 0:
        links.append(_link(request, "prev", max(page.offset - page.limit, 0), page.limit))
    if page.offset + page.limit < total:
        links.append(_link(request, "next", page.offset + page.limit, page.limit))
    if links:
        response.headers["Link"] = ", ".join(links)


def _link(request: Request, name: str, offset: int, limit: int) -> str:
    parts: dict[str, Any] = {**request.query_params, "limit": limit, "offset": offset}
    return f'<{request.url.path}?{urlencode(parts)}>; rel="{name}"'
