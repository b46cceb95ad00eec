"""What a running API consists of, and how routes come by it.

Belongs here: the parts in one value, small helpers that every route file uses.
Not here: building them (app.py).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query, Request, Response
from pydantic import AwareDatetime, BeforeValidator, Field

from mlb_ml_assets.domain.clock import present
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


def _written_out(value: Any) -> Any:
    """Pydantic would take 20240614 for seconds since 1970, and answer about a day of that year."""
    if isinstance(value, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("YYYY-MM-DD is needed, an instant with time and zone after it")
    return value


Day = Annotated[date, BeforeValidator(_written_out)]
Instant = Annotated[AwareDatetime, BeforeValidator(_written_out)]
_GAME = "Our integer id or MLB's gamePk; `id:` or `pk:` before it says which."
# In the document only: what does not fit is refused by a sentence of ours (`resolve_game`) and not by the pattern.
_GAME_PATTERN: dict[str, Any] = {"pattern": r"^(id:|pk:)?[0-9]{1,10}$"}
GameId = Annotated[str, Path(description=_GAME, max_length=20, json_schema_extra=_GAME_PATTERN)]
# Strict: `true` is no game 1.
GameInBody = Annotated[
    Annotated[int, Field(strict=True, ge=0, lt=10**10)]
    | Annotated[str, Field(max_length=20, json_schema_extra=_GAME_PATTERN)],
    Field(description=_GAME),
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


def sane_past(instant: datetime, field: str) -> datetime:
    """An instant that has passed, since baseball can have been played.

    Raises:
        Problem: 422 for any other.
    """
    first = datetime.combine(_FIRST_DAY, time(), UTC)
    if not first <= instant <= present():
        raise unusable(field, f"an instant that has passed, from {_FIRST_DAY} on, is needed", instant.isoformat())
    return instant


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
