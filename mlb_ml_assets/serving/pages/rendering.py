"""Templates, their filters, and the error page.

Belongs here: the Jinja environment and its filters, rendering to bytes.
Not here: the content of a page.
"""

from datetime import date, datetime
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from mlb_ml_assets.domain.clock import EASTERN, present
from mlb_ml_assets.domain.markets import SPREAD, market_of
from mlb_ml_assets.serving.pages.glossary import column, term
from mlb_ml_assets.serving.pages.static_files import static_url
from mlb_ml_assets.serving.problems import Problem, request_id, wants_page

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
HTML = "text/html; charset=utf-8"
NONE = "–"
# Codes of Retrosheet in curated.game_details; other words are shown unchanged.
_WINDS = {
    "tolf": "out to left", "tocf": "out to center", "torf": "out to right", "fromlf": "in from left",
    "fromcf": "in from center", "fromrf": "in from right", "ltor": "left to right", "rtol": "right to left",
}  # fmt: skip


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, auto_reload=False,
    )  # fmt: skip
    environment.filters |= {
        "percent": percent,
        "signed_percent": signed_percent,
        "american": american,
        "money": money,
        "clock": clock,
        "day_and_clock": day_and_clock,
        "line_text": line_text,
        "wind_text": wind_text,
        "long_day": long_day,
        "age": age,
        "number": number,
        "signed": signed,
        "prose": prose,
        "book_name": book_name,
        "market_label": market_label,
    }
    environment.globals |= {"static_url": static_url, "term": term, "column": column}
    return environment


def render(template: str, **content: Any) -> bytes:
    """A template as bytes; a name without a value is an error."""
    return _environment().get_template(template).render(**content).encode()


def error_page(request: Request, problem: Problem) -> Response:
    """A problem as a page, with the same text and the request id of the log."""
    body = render(
        "error.html",
        problem=problem,
        title=HTTPStatus(problem.status).phrase,
        request_id=request_id(request),
        section="",
    )
    return Response(body, problem.status, {"Cache-Control": "no-store", **problem.headers}, HTML)


def respond(request: Request, problem: Problem) -> Response:
    """A problem as the client reads it: a page for a browser, else problem+json."""
    return error_page(request, problem) if wants_page(request) else problem.response(request_id(request))


def prose(text: str) -> Markup:
    """Text with `such` parts as code."""
    parts = text.split("`")
    return Markup().join(
        Markup("<code>{}</code>").format(part) if position % 2 else part for position, part in enumerate(parts)
    )


def book_name(book: str | None) -> str:
    """A book's name, without the source if the catalog has only its id."""
    return NONE if book is None else book.rsplit(":", 1)[-1]


def market_label(key: str) -> str:
    """The name of a market on pages."""
    return market_of(key).label


def percent(value: float | None, digits: int = 1) -> str:
    """A share as percent."""
    return NONE if value is None else f"{100 * float(value):.{digits}f}%"


def signed_percent(value: float | None, digits: int = 1) -> str:
    """A share as percent with its sign; a true minus."""
    return NONE if value is None else f"{100 * float(value):+.{digits}f}%".replace("-", "−")


def signed(value: float | None, digits: int = 1) -> str:
    """A number with its sign; a true minus."""
    return NONE if value is None else f"{float(value):+.{digits}f}".replace("-", "−")


def number(value: float | None, digits: int = 0) -> str:
    """A number with thousands separators."""
    return NONE if value is None else f"{float(value):,.{digits}f}".replace("-", "−")


def american(odds: int | None) -> str:
    """American odds with their sign; a true minus."""
    return NONE if odds is None else f"{odds:+d}".replace("-", "−")


def money(value: float | None) -> str:
    """An amount in dollars; cents only below a hundred."""
    if value is None:
        return NONE
    sign = "−" if value < 0 else ""
    return f"{sign}${abs(value):,.2f}" if abs(value) < 100 else f"{sign}${abs(value):,.0f}"


def clock(at: datetime | None) -> str:
    """Hour and minute in the Eastern zone."""
    return NONE if at is None else at.astimezone(EASTERN).strftime("%-I:%M %p")


def day_and_clock(at: datetime | None) -> str:
    """Day, hour and minute in the Eastern zone."""
    return NONE if at is None else at.astimezone(EASTERN).strftime("%b %-d, %-I:%M %p")


def line_text(line: float | None, market: str) -> str:
    """The line of a total, or a run line with its sign; a true minus."""
    return NONE if line is None else f"{float(line):{'+' if market == SPREAD.key else ''}g}".replace("-", "−")


def wind_text(direction: str) -> str:
    """The direction of the wind in words."""
    return _WINDS.get(direction, direction)


def long_day(day: date) -> str:
    """A day in words."""
    return day.strftime("%A, %B %-d, %Y")


def age(at: datetime | None, now: datetime | None = None) -> str:
    """Time since, in one unit; after a month the day itself."""
    if at is None:
        return NONE
    seconds = ((now or present()) - at).total_seconds()
    if seconds < 0:
        return "ahead"
    for size, unit in ((60, "s"), (3600, "min"), (86400, "h"), (31 * 86400, "d")):
        if seconds < size:
            per = {"s": 1, "min": 60, "h": 3600, "d": 86400}[unit]
            return f"{int(seconds // per)} {unit}"
    return at.astimezone(EASTERN).strftime("%b %-d")
