"""Errors as problem+json (RFC 9457) that name the field.

Belongs here: the one shape of every error response.
Not here: logging; details of internal failures (they go to the log under the request id); the error page (pages/).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi.exceptions import RequestValidationError
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
_LONGEST_VALUE = 80


@dataclass(frozen=True)
class FieldError:
    """One invalid field of a request: its path, the reason, the value sent."""

    field: str
    message: str
    value: str | None = None


@dataclass
class Problem(Exception):
    """An error response.

    Attributes:
        status: HTTP status.
        kind: short name in kebab case; stable, programs may switch on it.
        detail: one sentence: what happened, and what to do next.
        errors: the invalid fields.
        headers: further headers of the response.
    """

    status: int
    kind: str
    detail: str
    errors: Sequence[FieldError] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"

    def body(self, request_id: str) -> dict[str, Any]:
        """The members of the problem document."""
        document: dict[str, Any] = {
            "type": f"urn:mlb-ml:problem:{self.kind}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id,
            # Clients of the previous system read these two.
            "error": self.detail,
            "status_code": self.status,
        }
        if self.errors:
            document["errors"] = [
                {name: value for name, value in vars(error).items() if value is not None} for error in self.errors
            ]
        return document

    def response(self, request_id: str) -> Response:
        """The problem as problem+json."""
        return Response(
            json.dumps(self.body(request_id), ensure_ascii=False).encode(),
            status_code=self.status,
            media_type=MEDIA_TYPE,
            headers={"Cache-Control": "no-store", **self.headers},
        )


def not_found(kind: str, detail: str, field_name: str, value: object) -> Problem:
    """404 that names the field."""
    return Problem(404, kind, detail, [FieldError(field_name, detail, shown(value))])


def unusable(field_name: str, message: str, value: object) -> Problem:
    """422 for one field."""
    return Problem(422, "invalid-request", f"{field_name}: {message}", [FieldError(field_name, message, shown(value))])


def unavailable(kind: str, detail: str, retry_after: int = 2) -> Problem:
    """503 with Retry-After."""
    return Problem(503, kind, detail, headers={"Retry-After": str(retry_after)})


def invalid_field(name: str, message: str) -> PydanticCustomError:
    """The error that a validator of a whole model raises about one of its fields."""
    return PydanticCustomError("invalid_field", message, {"path": (name,)})  # type: ignore[arg-type]


def of_validation(error: RequestValidationError) -> Problem:
    """The invalid fields of a request, each by its path: body.game_id, query.limit, path.day."""
    fields = []
    for each in error.errors():
        place = ".".join(str(part) for part in (*each["loc"], *each.get("ctx", {}).get("path", ())))
        sent = None if each["type"] == "missing" else shown(each.get("input"))
        fields.append(FieldError(place, each["msg"].removeprefix("Value error, "), sent))
    first = fields[0]
    return Problem(422, "invalid-request", f"{first.field}: {first.message}", fields)


def shown(value: object) -> str:
    """A value of a request as it may be returned to its sender: short, printable."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(character if character.isprintable() else "�" for character in text)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def request_id(request: Request) -> str:
    """The id in X-Request-ID of the response."""
    return str(request.scope.get("request_id", "-"))


def wants_page(request: Request) -> bool:
    """Whether the client is a browser that loads a page."""
    return not request.url.path.startswith("/api/") and "text/html" in request.headers.get("accept", "")
