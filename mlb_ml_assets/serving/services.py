"""The parts of a running API, and what every route file uses.

Belongs here: the parts as one value, parameter types, pages of lists.
Not here: building the parts (app.py).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, TypeVar
from urllib.parse import urlencode

from fastapi import Depends, Path, Query, Request, Response
from fastapi.dependencies.models import Dependant
from pydantic import AwareDatetime, BeforeValidator, Field

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.serving.database import ReadDatabase
from mlb_ml_assets.serving.model_registry import ModelRegistry
from mlb_ml_assets.serving.problems import FieldError, Problem, shown, unusable
from mlb_ml_assets.serving.process import Metrics
from mlb_ml_assets.serving.settings import ServingSettings
from mlb_ml_assets.serving.slate import Slates
from mlb_ml_assets.warehouse.api_reads import Connection
from mlb_ml_assets.warehouse.game_references import GAME_ID

Result = TypeVar("Result")
_FIRST_DAY, _LAST_DAY = date(1876, 1, 1), date(2100, 1, 1)


@dataclass
class Services:
    """The parts of one running API."""

    settings: ServingSettings
    database: ReadDatabase
    registry: ModelRegistry
    slates: Slates
    metrics: Metrics

    def read(self, unit: Callable[[Connection], Result]) -> Result:
        """Run one unit of reading; see `ReadDatabase.read`."""
        return self.database.read(unit)


def _services(request: Request) -> Services:
    return request.app.state.services  # type: ignore[no-any-return]


Served = Annotated[Services, Depends(_services)]


def _require_iso(value: Any) -> Any:
    """Pydantic would read 20240614 as seconds since 1970, and answer about a day of that year."""
    if isinstance(value, str) and not re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError("use YYYY-MM-DD, for an instant followed by time and zone")
    return value


Day = Annotated[date, BeforeValidator(_require_iso)]
Instant = Annotated[AwareDatetime, BeforeValidator(_require_iso)]
# In the document only: `resolve_game` refuses what does not fit with a message of ours.
_GAME_PATTERN: dict[str, Any] = {
    "pattern": r"^((id:|pk:|an:)?[0-9]{1,10}|[0-9]{4}-[0-9]{2}-[0-9]{2}-[A-Z]{2,3}-[A-Z]{2,3}(-[12])?)$"
}
GameId = Annotated[str, Path(description=GAME_ID, max_length=24, json_schema_extra=_GAME_PATTERN)]
# Strict: `true` is not game 1.
GameInBody = Annotated[
    Annotated[int, Field(strict=True, ge=0, lt=10**10)]
    | Annotated[str, Field(max_length=24, json_schema_extra=_GAME_PATTERN)],
    Field(description=GAME_ID),
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
    """The requested part of a list."""

    limit: Annotated[int, Query(ge=1, le=500, description="Maximum number of rows.")] = 100
    offset: Annotated[int, Query(ge=0, le=1_000_000, description="Rows to skip.")] = 0


Paged = Annotated[Page, Depends()]


def refuse_unknown_parameters(request: Request) -> None:
    """Refuse a query parameter that the route does not know: ignored, it would look obeyed.

    Raises:
        Problem: 422 that names each of them.
    """
    known = _parameter_names(request.scope["route"].dependant)
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        message = f"unknown parameter; this address has {', '.join(sorted(known)) or 'none'}"
        errors = [FieldError(f"query.{shown(name)}", message) for name in unknown]
        raise Problem(422, "unknown-parameter", f"{errors[0].field}: {message}", errors)


def _parameter_names(dependant: Dependant) -> set[str]:
    names = {parameter.alias for parameter in dependant.query_params}
    return names.union(*map(_parameter_names, dependant.dependencies))


def check_date(day: date, field: str) -> date:
    """The day itself, if it lies within baseball's history.

    Raises:
        Problem: 422 for any other.
    """
    if not _FIRST_DAY <= day <= _LAST_DAY:
        raise unusable(field, f"use a day from {_FIRST_DAY} to {_LAST_DAY}", day.isoformat())
    return day


def check_past(instant: datetime, field: str) -> datetime:
    """The instant itself, if it has passed and lies within baseball's history.

    Raises:
        Problem: 422 for any other.
    """
    first = datetime.combine(_FIRST_DAY, time(), UTC)
    if not first <= instant <= present():
        raise unusable(field, f"use an instant that has passed, not before {_FIRST_DAY}", instant.isoformat())
    return instant


def set_page_headers(request: Request, response: Response, total: int, page: Page) -> None:
    """Set X-Total-Count and the Link header (RFC 8288) of a page."""
    response.headers["X-Total-Count"] = str(total)
    links = []
    if page.offset > 0:
        links.append(page_link(request, "prev", max(page.offset - page.limit, 0), page.limit))
    if page.offset + page.limit < total:
        links.append(page_link(request, "next", page.offset + page.limit, page.limit))
    if links:
        response.headers["Link"] = ", ".join(links)


def page_link(request: Request, name: str, offset: int, limit: int) -> str:
    """One link (RFC 8288) to another page of the same list."""
    parts: dict[str, Any] = {**request.query_params, "limit": limit, "offset": offset}
    return f'<{request.url.path}?{urlencode(parts)}>; rel="{name}"'
