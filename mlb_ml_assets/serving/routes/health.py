"""Health and metrics.

Belongs here: /health, /health/detailed, /health/live and /health/ready (at the root and under each version), /metrics.
Not here: repairs.

live: the process answers. ready: the database answers with our tables, so that stored predictions can be served.
degraded: ready, but MLflow does not answer, so that only stored predictions are served.
"""

from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Response

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.serving.answers import Answer
from mlb_ml_assets.serving.database import DatabaseBusy, DatabaseGone, NotMigrated
from mlb_ml_assets.serving.problems import unavailable
from mlb_ml_assets.serving.services import Served, Services
from mlb_ml_assets.warehouse.api_reads import freshness

router = APIRouter(tags=["health"])


class Health(Answer):
    """State of the API and of what it depends on."""

    status: Literal["ok", "degraded", "unavailable"]
    database: Literal["ok", "unavailable", "not migrated"]
    model_registry: Literal["ok", "empty", "unreachable", "unknown"]
    newest_prediction: datetime | None = None
    newest_quote_arrival: datetime | None = None
    now: datetime


class Alive(Answer):
    """The process answers."""

    status: Literal["ok"] = "ok"


def read_health(services: Services) -> Health:
    """State of what the API depends on, read now."""
    database: Literal["ok", "unavailable", "not migrated"] = "ok"
    fresh: dict[str, Any] = {}
    try:
        fresh = services.read(freshness)
    except NotMigrated:
        database = "not migrated"
    except (DatabaseGone, DatabaseBusy):
        database = "unavailable"
    registry = services.registry.state().state
    services.metrics.registry_up.set(registry in {"ok", "empty"})
    if fresh.get("newest_prediction"):
        services.metrics.newest_prediction.set(fresh["newest_prediction"].timestamp())
    status: Literal["ok", "degraded", "unavailable"] = "ok"
    if database != "ok":
        status = "unavailable"
    elif registry == "unreachable":
        status = "degraded"
    return Health(status=status, database=database, model_registry=registry, now=present(), **_stamps(fresh))


def _stamps(fresh: dict[str, Any]) -> dict[str, Any]:
    return {name: fresh.get(name) for name in ("newest_prediction", "newest_quote_arrival")}


@router.get("/health/live", summary="Liveness")
async def live() -> Alive:
    """200 as long as the process runs; reads nothing else."""
    return Alive()


@router.get("/health/ready", summary="Readiness")
def ready(services: Served, response: Response) -> Health:
    """200 if stored predictions can be served, with MLflow or without; else 503."""
    health = read_health(services)
    response.headers["Cache-Control"] = "no-store"
    if health.status == "unavailable":
        raise unavailable("not-ready", f"database: {health.database}; model registry: {health.model_registry}")
    return health


@router.get("/health/detailed", summary="Health in detail")
@router.get("/health", summary="Health")
def health(services: Served, response: Response) -> Health:
    """Always 200: the state is in the body."""
    response.headers["Cache-Control"] = "no-store"
    return read_health(services)


metrics_router = APIRouter(tags=["health"])


@metrics_router.get("/metrics", summary="Prometheus metrics", response_class=Response)
def metrics(services: Served) -> Response:
    """Counters of this process in the text format of Prometheus."""
    return Response(services.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
