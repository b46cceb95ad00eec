"""The MLflow server over the project's database.

Belongs here: its command and environment, its tables.
Not here: starting it beside others (services), runs and models (registry).
"""

import os
import sys
from collections.abc import Mapping
from typing import NoReturn

from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.locks import Lock, hold_lock
from mlb_ml_assets.warehouse.settings import DatabaseSettings


def mlflow_command(host: str, port: int, allowed_hosts: str) -> tuple[str, ...]:
    """One worker; with the job runner off (environment) that is 2 processes and 0.5 GB instead of 13 and 2 GB."""
    options = ("--host", host, "--port", str(port), "--workers", "1", "--allowed-hosts", allowed_hosts)
    return (sys.executable, "-m", "mlflow", "server", *options)


def mlflow_environment(settings: DatabaseSettings, environment: Mapping[str, str]) -> dict[str, str]:
    """The server's environment; the address of the database is in here because arguments are for everybody to list."""
    # Its own tracking address would make the server a client of itself.
    kept = {name: value for name, value in environment.items() if name != "MLFLOW_TRACKING_URI"}
    return {
        **kept,
        "MLFLOW_BACKEND_STORE_URI": settings.mlflow_backend_uri,
        "MLFLOW_DEFAULT_ARTIFACT_ROOT": settings.artifact_root,
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }


def serve_mlflow(host: str, port: int, allowed_hosts: str) -> NoReturn:
    """Become the MLflow server: for a container of its own."""
    settings = DatabaseSettings.from_environment()
    command = mlflow_command(host, port, allowed_hosts)
    os.execve(command[0], command, mlflow_environment(settings, os.environ))  # noqa: S606 (no shell is meant)


def migrate_mlflow(settings: DatabaseSettings) -> None:
    """Create MLflow's tables, or bring them to the installed version; one process at a time.

    The default experiment is made here too, with the absolute artifact root: whoever opens the empty store first
    decides where its artifacts go.

    Raises:
        LockNotAcquired: another process migrates MLflow's tables and does not end.
    """
    from mlflow.exceptions import MlflowException
    from mlflow.store.db import utils
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with (
        connect(settings.dsn, "mlb_ml:migrate_mlflow", autocommit=True) as connection,
        hold_lock(connection, Lock.MLFLOW_STORE),
    ):
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
