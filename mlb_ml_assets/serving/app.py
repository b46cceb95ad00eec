"""The Prediction API, assembled.

Belongs here: building the parts, routes, the order of middlewares, errors to problems.
Not here: any of the parts.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, Response

from mlb_ml_assets.serving.api_keys import KeyRing
from mlb_ml_assets.serving.database import DatabaseBusy, DatabaseGone, NotMigrated, ReadDatabase
from mlb_ml_assets.serving.gate import Gate
from mlb_ml_assets.serving.middleware import (
    BodyLimitMiddleware,
    ErrorMiddleware,
    HeadMiddleware,
    RequestIdMiddleware,
    ResponseHeadersMiddleware,
)
from mlb_ml_assets.serving.model_registry import ModelRegistry
from mlb_ml_assets.serving.pages import board_page, game_page, performance_page, player_pages, reference_page
from mlb_ml_assets.serving.pages.rendering import respond
from mlb_ml_assets.serving.pages.static_files import router as static_router
from mlb_ml_assets.serving.problems import FieldError, Problem, of_validation, shown, unavailable
from mlb_ml_assets.serving.process import Metrics, MetricsMiddleware, freeze_gc
from mlb_ml_assets.serving.representations import GZIP_FROM_BYTES, GZIP_LEVEL
from mlb_ml_assets.serving.routes import (
    exposure,
    games,
    health,
    kelly,
    models,
    performance,
    predict,
    ratings,
    slates,
    stream,
    v1,
)
from mlb_ml_assets.serving.services import Services, refuse_unknown_parameters
from mlb_ml_assets.serving.settings import ServingSettings
from mlb_ml_assets.serving.slate import Slates
from mlb_ml_assets.serving.updates import StreamSlots, Updates
from mlb_ml_assets.warehouse.api_keys import read_keys

CONTRACT_PREFIX, PREFIX = "/api/v1", "/api/v2"
_DESCRIPTION = """Probabilities, prices, expected value and stakes of MLB games, as stored by the pipeline.

Every number was knowable at the instant it claims. Errors are `application/problem+json` and name the field.
`/api/v1` is the contract of existing clients; `/api/v2` has everything. A game is identified by our integer id, MLB's
gamePk, Action Network's id, or date and teams as in 2025-01-31-NYY-BOS; `id:`, `pk:` and `an:` distinguish numbers."""
_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_KEY_PLACES = {
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "password": {"type": "http", "scheme": "basic", "description": "The key as the password, with any user name."},
}
_NO_JSON = "body: send a JSON document in UTF-8"
_RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"description": what, **_PROBLEM}
    for status, what in (
        (401, "An API key is required"),
        (404, "Not found"),
        (409, "Ambiguous, or not available yet; the detail says what to do"),
        (413, "The body is too large"),
        (421, "This server does not serve that host name"),
        (422, "A field is invalid; `errors` names it"),
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
    keys = KeyRing(lambda: database.read(read_keys))
    slates_store = Slates(database, metrics, settings.recheck_seconds)
    slots = StreamSlots(settings.max_streams, settings.max_streams_per_key, metrics.streams.set)
    updates = Updates(slates_store, slots, every=settings.stream_poll_seconds, is_key_valid=keys.is_valid)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        freeze_gc()
        yield
        updates.stop()
        database.close()

    app = FastAPI(
        title="MLB Prediction API",
        version="1.0.0",
        description=_DESCRIPTION,
        lifespan=lifespan,
        # FastAPI's own pages load scripts from other hosts; ours are /docs and /reference.
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        responses=_RESPONSES,
        separate_input_output_schemas=False,
        # Outermost first.
        middleware=[
            Middleware(RequestIdMiddleware),
            Middleware(MetricsMiddleware, metrics=metrics),
            Middleware(ResponseHeadersMiddleware),
            Middleware(HeadMiddleware),
            Middleware(ErrorMiddleware),
            Middleware(BodyLimitMiddleware, max_bytes=settings.max_body_bytes),
            Middleware(Gate, settings=settings, keys=keys, metrics=metrics),
            Middleware(GZipMiddleware, minimum_size=GZIP_FROM_BYTES, compresslevel=GZIP_LEVEL),
        ],
    )
    app.state.services = Services(
        settings=settings,
        database=database,
        registry=registry or ModelRegistry(),
        slates=slates_store,
        metrics=metrics,
    )
    app.state.updates = updates
    strict = [Depends(refuse_unknown_parameters)]
    app.include_router(v1.router, prefix=CONTRACT_PREFIX, dependencies=strict)
    for part in (predict, models, slates, games, ratings, exposure, kelly, performance, stream, health):
        app.include_router(part.router, prefix=PREFIX, dependencies=strict)
    # Their addresses before /api/v2 existed.
    for part in (slates, games, kelly, performance, stream, health):
        app.include_router(part.router, prefix=CONTRACT_PREFIX, dependencies=strict, include_in_schema=False)
    app.include_router(health.router, include_in_schema=False)
    app.include_router(health.metrics_router)
    app.add_api_route(f"{CONTRACT_PREFIX}/openapi.json", lambda: JSONResponse(app.openapi()), include_in_schema=False)
    for page in (board_page, game_page, performance_page, player_pages, reference_page):
        app.include_router(page.router, include_in_schema=False)
    app.include_router(static_router, include_in_schema=False)
    _complete_document(app, settings)
    _handle_errors(app)
    return app


def _handle_errors(app: FastAPI) -> None:
    async def problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return respond(request, error)

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return respond(request, of_validation(error))

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return respond(request, _of_http(request, error))

    async def no_database(request: Request, error: Exception) -> Response:
        kind = "database-busy" if isinstance(error, DatabaseBusy) else "database-unavailable"
        return respond(request, unavailable(kind, str(error)))

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
    for kind in (DatabaseGone, DatabaseBusy, NotMigrated):
        app.add_exception_handler(kind, no_database)


def _of_http(request: Request, error: HTTPException) -> Problem:
    if error.status_code == 400:
        # FastAPI's status for bytes that its JSON reader cannot decode.
        return Problem(422, "invalid-request", _NO_JSON, [FieldError("body", _NO_JSON)])
    kind, detail = {
        404: ("no-such-page", "there is nothing at this address"),
        405: ("method-not-allowed", f"{request.method} is not allowed at this address"),
    }.get(error.status_code, ("refused", str(error.detail)))
    at_fault = FieldError("path", detail, shown(request.url.path))
    return Problem(error.status_code, kind, detail, [at_fault], dict(error.headers or {}))


def _complete_document(app: FastAPI, settings: ServingSettings) -> None:
    """Add keys and the problem document to the OpenAPI schema, the latter in place of FastAPI's validation error."""
    build = app.openapi

    def openapi() -> dict[str, Any]:
        document = build()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" in schemas:
            return document
        for name in ("HTTPValidationError", "ValidationError"):
            schemas.pop(name, None)
        document["components"]["securitySchemes"] = _KEY_PLACES
        # One of these; the empty one says that a key is optional.
        document["security"] = [*([] if settings.require_keys else [{}]), *({name: []} for name in _KEY_PLACES)]
        text = {"type": "string"}
        schemas["Problem"] = {
            "title": "Problem",
            "description": "RFC 9457. `type` is stable, `errors` names the invalid fields.",
            "type": "object",
            "required": ["type", "title", "status", "detail", "request_id", "error", "status_code"],
            "properties": {
                "type": text,
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "request_id": text,
                "error": {**text, "description": "As `detail`, for clients of the previous system."},
                "status_code": {"type": "integer", "description": "As `status`."},
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
