"""The MLflow server over the project's database: its tracking and registry pages and calls, behind the gateway.

Belongs here: which part of MLflow is served, its command and environment, its tables.
Not here: who may reach it (gateway.py), starting it beside others (services.py), runs and models (registry/).

MLflow's Flask application is served alone. What MLflow adds around it (the assistant, which executes commands; jobs; a
gateway to model providers; MCP) is not loaded. Of the Flask application itself, only the calls of SERVED exist.
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from mlb_ml_assets.stack.database import require_schema_of_its_own
from mlb_ml_assets.stack.gateway import Gateway, read_service_token
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.locks import Lock, hold_lock
from mlb_ml_assets.warehouse.mlflow_store import OWN_SCHEMA, require_usable_store
from mlb_ml_assets.warehouse.settings import DatabaseSettings

if TYPE_CHECKING:
    from flask import Flask
    from starlette.types import ASGIApp

TOKEN_VARIABLE: Final = "MLFLOW_TRACKING_TOKEN"  # nosec B105  # noqa: S105 (a name)
# Runs, models, artifacts and the pages over them. Not: webhooks and model providers (they call out), scorers, jobs and
# evaluations (they execute).
SERVED: Final = re.compile(
    r"/(?:health|version|graphql|get-artifact|model-versions/get-artifact|(?:static-files|build)/.*)?"
    r"|/(?:ajax-)?api/2\.0/mlflow-artifacts/(?:artifacts|mpu|presigned)(?:/.*)?"
    r"|/(?:ajax-)?api/2\.0/mlflow/(?:experiments|logged-models|metrics|model-versions|registered-models|runs|traces)"
    r"(?!/create-promptlab-run)(?:/.*)?"
    r"|/(?:ajax-)?api/2\.0/mlflow/(?:artifacts/list|upload-artifact|unified-traces|get-trace-artifact)"
    r"|/(?:ajax-)?api/3\.0/mlflow/(?:traces|datasets)(?:/.*)?"
    r"|/(?:ajax-)?api/3\.0/mlflow/(?:server-info|get-trace-artifact)"
)
# Header bytes of one request; what a browser with many cookies sends is a tenth of it.
_MAX_HEADER_BYTES = 64 * 1024


def mlflow_command(host: str, port: int, allowed_hosts: str = "") -> tuple[str, ...]:
    """The server as a process of its own: one of 0.4 GB, where `mlflow server` starts 13 of 2 GB."""
    return (sys.executable, "-m", "mlb_ml_assets.stack.mlflow_server", host, str(port), allowed_hosts)


def mlflow_environment(settings: DatabaseSettings, environment: Mapping[str, str]) -> dict[str, str]:
    """The server's environment; the address of the database is in here because arguments are for every user to list."""
    # Its own tracking address would make the server a client of itself.
    kept = {name: value for name, value in environment.items() if name != "MLFLOW_TRACKING_URI"}
    return {
        **kept,
        "MLFLOW_BACKEND_STORE_URI": settings.mlflow_backend_uri,
        "MLFLOW_DEFAULT_ARTIFACT_ROOT": settings.artifact_root,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def serve_mlflow(host: str, port: int, allowed_hosts: str) -> None:
    """Be the MLflow server until SIGTERM.

    Args:
        host: address to listen on.
        port: port to listen on.
        allowed_hosts: host names to answer besides local ones, comma separated.
    """
    import uvicorn

    settings = DatabaseSettings.from_environment()
    require_usable_store(settings)
    os.environ.update(mlflow_environment(settings, os.environ))
    app = Gateway(
        _build_application(settings),
        service="mlflow",
        token=read_service_token("mlflow", TOKEN_VARIABLE, settings.home),
        allowed_hosts=[*allowed_hosts.split(","), *os.environ.get("MLB_ML_ALLOWED_HOSTS", "").split(",")],
        open_paths=["/health"],
        query_paths=["/graphql"],
    )
    # h11 bounds the header of a request, httptools does not. No access log: the first link holds the secret.
    uvicorn.run(
        app, host=host, port=port, http="h11", h11_max_incomplete_event_size=_MAX_HEADER_BYTES, access_log=False,
        log_level="warning",
    )  # fmt: skip


def _build_application(settings: DatabaseSettings) -> "ASGIApp":
    """MLflow's Flask application with its store opened, as an ASGI application."""
    # Read by MLflow at import. The gateway checks hosts, and more strictly; MLflow's check knows one port.
    os.environ |= {
        "_MLFLOW_SERVER_FILE_STORE": settings.mlflow_backend_uri,
        "_MLFLOW_SERVER_ARTIFACT_ROOT": settings.artifact_root,
        "_MLFLOW_SERVER_ARTIFACT_DESTINATION": _artifact_destination(settings),
        "_MLFLOW_SERVER_SERVE_ARTIFACTS": "true",
        "_MLFLOW_IN_JOB_EXECUTOR": "false",
        "MLFLOW_SERVER_ALLOWED_HOSTS": "*",
    }
    from a2wsgi import WSGIMiddleware
    from mlflow.server import app
    from mlflow.server.handlers import initialize_backend_stores

    initialize_backend_stores(settings.mlflow_backend_uri, settings.mlflow_backend_uri, settings.artifact_root)
    serve_only_the_store(app, settings.artifact_root)
    return cast("ASGIApp", WSGIMiddleware(app))


def _artifact_destination(settings: DatabaseSettings) -> str:
    given = os.environ.get("MLFLOW_ARTIFACTS_DESTINATION", "")
    is_local = settings.artifact_root.startswith("file:")
    return given or (settings.artifact_root if is_local else (settings.home / "mlartifacts").as_uri())


def serve_only_the_store(app: "Flask", artifact_root: str) -> None:
    """Make every call outside SERVED unknown to MLflow's application, and every artifact stay below the root."""
    from flask import abort, request

    @app.before_request
    def refuse_other_calls() -> None:
        if not SERVED.fullmatch(request.path):
            abort(404)
        if request.path.endswith("/experiments/create"):
            body = request.get_json(force=True, silent=True) or {}
            location = body.get("artifact_location") if isinstance(body, dict) else None
            if location and not is_below(str(location), artifact_root):
                abort(400, f"artifact_location must be below {artifact_root}")


def is_below(location: str, root: str) -> bool:
    """Whether an artifact location is the root or a folder below it: same store, no step up, no query."""
    if location.startswith("mlflow-artifacts:"):
        parts = urlsplit(location)
        return not parts.netloc and ".." not in parts.path.split("/")
    there, here = urlsplit(location), urlsplit(root)
    if there.query or there.fragment or ".." in there.path.split("/") or "%" in there.path:
        return False
    same_store = (there.scheme or "file", there.netloc) == (here.scheme or "file", here.netloc)
    return same_store and Path(there.path).is_relative_to(Path(here.path))


def migrate_mlflow(settings: DatabaseSettings, *, may_upgrade: bool = False) -> None:
    """Create MLflow's tables, or bring them to the installed version; one process at a time.

    The default experiment is made here too, with the absolute artifact root: the first client of an empty store
    decides where its artifacts go.

    Args:
        settings: which store.
        may_upgrade: whether a store that MLFLOW_BACKEND_STORE_URI names may be brought to the installed version.

    Raises:
        MlflowStoreNotOurs: that would be an upgrade which its owner did not agree to.
        SchemaIgnored: the tables of our own store would be created in another schema.
        LockNotAcquired: another process migrates MLflow's tables and does not end.
    """
    from mlflow.exceptions import MlflowException
    from mlflow.store.db import utils
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with (
        connect(settings.dsn, "mlb_ml:migrate_mlflow", autocommit=True) as connection,
        hold_lock(connection, Lock.MLFLOW_STORE),
    ):
        require_usable_store(settings, may_upgrade=may_upgrade)
        if not settings.given_mlflow_backend:
            require_schema_of_its_own(settings, OWN_SCHEMA)
        try:
            store = SqlAlchemyStore(settings.mlflow_backend_uri, settings.artifact_root)  # type: ignore[no-untyped-call]
        except MlflowException as error:
            if "out-of-date database schema" not in str(error):
                raise
            # The public way, `mlflow db upgrade URL`, would show the password in the list of processes.
            engine = utils.create_sqlalchemy_engine_with_retry(settings.mlflow_backend_uri)  # type: ignore[no-untyped-call]
            utils._upgrade_db(engine)  # type: ignore[no-untyped-call]  # noqa: SLF001
            store = SqlAlchemyStore(settings.mlflow_backend_uri, settings.artifact_root)  # type: ignore[no-untyped-call]
        store.engine.dispose()


if __name__ == "__main__":
    serve_mlflow(sys.argv[1], int(sys.argv[2]), sys.argv[3])
