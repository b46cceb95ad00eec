"""The Prediction API put together.

Belongs here: building the parts, the routes, the order of what a request passes, errors into problems.
Not here: any of the parts.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mlb_ml_assets.serving.api_keys import KeyChecker
from mlb_ml_assets.serving.database import DatabaseBusy, DatabaseGone, NotMigrated, ReadDatabase
from mlb_ml_assets.serving.frame import Frame
from mlb_ml_assets.serving.gate import Gate
from mlb_ml_assets.serving.heap import keep_what_is_loaded
from mlb_ml_assets.serving.metrics import Metrics
from mlb_ml_assets.serving.model_registry import ModelRegistry
from mlb_ml_assets.serving.pages import board_page, game_page, performance_page, reference_page
from mlb_ml_assets.serving.pages.rendering import error_page
from mlb_ml_assets.serving.pages.static_files import router as static_router
from mlb_ml_assets.serving.problems import (
    FieldError,
    Problem,
    of_validation,
    request_id,
    shown,
    unavailable,
    wants_page,
)
from mlb_ml_assets.serving.routes import games, health, kelly, models, performance, predict, slates, stream
from mlb_ml_assets.serving.services import Services
from mlb_ml_assets.serving.settings import ServingSettings
from mlb_ml_assets.serving.slate import Slates
from mlb_ml_assets.serving.updates import Updates
from mlb_ml_assets.warehouse.api_keys import key_of_id
from mlb_ml_assets.warehouse.api_reads import freshness

PREFIX = "/api/v1"
_DESCRIPTION = """Probabilities, prices, expected value and stakes of MLB games, as stored by the pipeline.

Every number was knowable at the instant it claims. Errors are `application/problem+json` and name the field.
A game is named by our integer id or by MLB's gamePk; `id:` or `pk:` before the number says which."""
_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_KEY_PLACES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "password": {"type": "http", "scheme": "basic", "description": "The key as the password, under any name."},
}
_NO_JSON = "body: a JSON document in UTF-8 is needed"
_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": what, **_PROBLEM}
    for status, what in (
        (401, "An API key is needed"),
        (404, "There is no such thing"),
        (409, "It cannot be answered yet, or is ambiguous; the detail says what to do"),
        (413, "The body is longer than it may be"),
        (421, "This server does not answer to that host name"),
        (422, "A field cannot be used; `errors` names it"),
        (429, "Too many requests"),
        (503, "The database or the model registry does not answer"),
    )
}


def build_app(
    settings: ServingSettings | None = None,
    *,
    database: ReadDatabase | None = None,
    registry: ModelRegistry | None = None,
) -> FastAPI:
    """The application; nothing is connected before the first request.

    Args:
        settings: default: from the environment.
        database: default: the one of the environment.
        registry: default: the one of the environment.
    """
    settings = settings or ServingSettings.from_environment()
    database = database or ReadDatabase(settings.connections, settings.statement_timeout_ms)
    metrics = Metrics()
    slates_store = Slates(database, metrics, settings.recheck_seconds)
    services = Services(
        settings=settings,
        database=database,
        registry=registry or ModelRegistry(in_database=lambda: bool(database.read(freshness)["registry_in_database"])),
        slates=slates_store,
        metrics=metrics,
        keys=KeyChecker(lambda key_id: database.read(lambda connection: key_of_id(connection, key_id))),
    )
    updates = Updates(
        slates_store, every=settings.stream_poll_seconds, room=settings.max_streams, count=metrics.streams.set
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        keep_what_is_loaded()
        yield
        updates.stop()
        database.close()

    app = FastAPI(
        title="MLB Prediction API",
        version="1.0.0",
        description=_DESCRIPTION,
        lifespan=lifespan,
        # Their pages load scripts from elsewhere; ours is at /reference.
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        responses=_RESPONSES,
        separate_input_output_schemas=False,
    )
    app.state.services = services
    app.state.updates = updates
    for part in (predict, models, slates, games, kelly, performance, stream, health):
        app.include_router(part.router, prefix=PREFIX)
    app.include_router(health.router, include_in_schema=False)
    app.include_router(health.metrics_router)
    for page in (board_page, game_page, performance_page, reference_page):
        app.include_router(page.router, include_in_schema=False)
    app.include_router(static_router, include_in_schema=False)
    _complete_document(app, settings)
    _handle_errors(app)
    app.add_middleware(Gate, settings=settings, keys=services.keys, metrics=metrics, refuse=_refusal(app))
    app.add_middleware(Frame, metrics=metrics, max_body_bytes=settings.max_body_bytes)
    return app


def _refusal(app: FastAPI) -> Callable[[Problem, Scope], Callable[[Scope, Receive, Send], Awaitable[None]]]:
    def refuse(problem: Problem, scope: Scope) -> ASGIApp:
        scope.setdefault("app", app)
        return _answered(Request(scope), problem)

    return refuse


def _answered(request: Request, problem: Problem) -> Response:
    """A problem for whoever asked: a page for a browser, else problem+json."""
    if wants_page(request):
        return error_page(request, problem)
    return problem.response(request_id(request))


def _handle_errors(app: FastAPI) -> None:
    async def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return _answered(request, error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return _answered(request, of_validation(error))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 400:
            # FastAPI's word for bytes that its JSON reader cannot even decode.
            made = Problem(422, "invalid-request", _NO_JSON, [FieldError("body", _NO_JSON)])
            return _answered(request, made)
        kind = {404: "no-such-page", 405: "method-not-allowed"}.get(error.status_code, "refused")
        detail = {404: "there is nothing at this address", 405: f"{request.method} is not for this address"}.get(
            error.status_code, str(error.detail)
        )
        path = shown(request.url.path)
        made = Problem(error.status_code, kind, detail, [FieldError("path", detail, path)], dict(error.headers or {}))
        return _answered(request, made)

    async def no_database(request: Request, error: Exception) -> Response:
        kind = "database-busy" if isinstance(error, DatabaseBusy) else "database-unavailable"
        return _answered(request, unavailable(kind, str(error)))

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    for kind in (DatabaseGone, DatabaseBusy, NotMigrated):
        app.add_exception_handler(kind, no_database)


def _complete_document(app: FastAPI, settings: ServingSettings) -> None:
    """Put keys and the problem document into the OpenAPI schema, the latter in place of FastAPI's validation error."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" in schemas:
            return document
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        document["components"]["securitySchemes"] = _KEY_PLACES
        # Either place does; an empty one says that a key may be left out.
        document["security"] = [*([] if settings.require_keys else [{}]), *({name: []} for name in _KEY_PLACES)]
        text = {"type": "string"}
        schemas["Problem"] = {
            "title": "Problem",
            "description": "RFC 9457; `type` is stable, `errors` names the fields at fault.",
            "type": "object",
            "required": ["type", "title", "status", "detail", "request_id"],
            "properties": {
                "type": text,
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "request_id": text,
                "errors": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["field", "message"],
                        "properties": {"field": text, "message": text, "value": text},
                    },
                },
            },
        }
        return document

    app.openapi = openapi  # type: ignore[method-assign]
