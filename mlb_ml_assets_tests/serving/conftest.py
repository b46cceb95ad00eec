"""Shared by the tests of serving: a served slate, in this process and in its own process.

Belongs here: fixtures.
Not here: rows (slate_rows.py).
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from mlb_ml_assets.serving.api_keys import create_key
from mlb_ml_assets.serving.app import build_app
from mlb_ml_assets.serving.database import ReadDatabase
from mlb_ml_assets.serving.model_registry import ModelRegistry, RegistryState
from mlb_ml_assets.serving.settings import ServingSettings
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets_tests.conftest import Database, free_ports
from mlb_ml_assets_tests.conftest import _fresh as fresh_database
from mlb_ml_assets_tests.serving import slate_rows
from mlb_ml_assets_tests.serving.browser import Browser, browser

NOW = "2024-06-14T20:00:00+00:00"


class SilentRegistry(ModelRegistry):
    """An unreachable MLflow."""

    def state(self) -> RegistryState:
        return RegistryState("unreachable")

    def ask(self) -> RegistryState:
        return RegistryState("unreachable")


@dataclass(frozen=True)
class Served:
    """A database with a slate, and the ids of its games: two predicted, one not, one finished."""

    database: Database
    games: list[int]


@pytest.fixture
def served(database: Database, monkeypatch: pytest.MonkeyPatch) -> Served:
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", NOW)
    return _filled(database)


def _filled(database: Database) -> Served:
    with database.connect() as connection:
        games = slate_rows.insert_games(connection)
        slate_rows.insert_quotes(connection, slate_rows.PKS[0])
        slate_rows.insert_past(connection, games[3])
        slate_rows.insert_prediction(connection, games[0])
        slate_rows.insert_prediction(connection, games[1], home=0.52, odds=-115)
    return Served(database, games)


def settings_for(**changes: object) -> ServingSettings:
    """Settings that revalidate a slate with every request."""
    given = {"allowed_hosts": ("testserver",), "recheck_seconds": 0.0, "stream_poll_seconds": 0.05, **changes}
    return ServingSettings(**given)  # type: ignore[arg-type]


def client_for(database: Database, **changes: object) -> TestClient:
    settings = settings_for(**changes)
    reads = ReadDatabase(settings.connections, settings.statement_timeout_ms, dsn=lambda: database.dsn)
    app = build_app(settings, database=reads, registry=SilentRegistry())
    return TestClient(app, raise_server_exceptions=False)


def key_of(database: Database, **options: int) -> str:
    """A new API key in a database."""
    with database.connect() as connection, connection.transaction():
        return create_key(connection, "a client", **options).key


@pytest.fixture
def client(served: Served) -> Iterator[TestClient]:
    with client_for(served.database) as made:
        yield made


@pytest.fixture(scope="module")
def window() -> Iterator[Browser]:
    with browser() as opened:
        opened.size(1280, 900)
        yield opened


@dataclass(frozen=True)
class Running:
    """An API as a process on loopback, and what it serves."""

    address: str
    served: Served


@pytest.fixture(scope="module")
def running(
    database_server: DatabaseSettings, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """Started once per module, because a start takes seconds: tests see what earlier ones of the module wrote."""
    folder = tmp_path_factory.mktemp("api")
    databases = fresh_database(database_server, template_database, folder)
    database = next(databases)
    try:
        served = _filled(database)
        with api_process(database, folder) as address:
            yield Running(address, served)
    finally:
        next(databases, None)


@contextmanager
def api_process(
    database: Database, folder: Path, *, now: str = NOW, mlflow: str = "http://127.0.0.1:9"
) -> Iterator[str]:
    """The address of an API in its own process over a database; it logs to `folder`/api.log."""
    (port,) = free_ports(1)
    variables = {"MLFLOW_TRACKING_URI": mlflow, "MLB_ML_SIMULATED_NOW": now}
    with (folder / "api.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlb_ml_assets.serving", "--port", str(port)],
            env={**os.environ, **database.environment, **variables}, cwd=folder, stdout=log, stderr=log,
        )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + 90
    try:
        while not _ready(address):
            assert process.poll() is None, (folder / "api.log").read_text()
            assert time.monotonic() < deadline, (folder / "api.log").read_text()
            time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def events_of(address: str, day: date, **headers: str) -> Iterator[Iterator[dict]]:
    """Events of a day as dicts with id, from an open stream."""
    with (
        httpx.Client(trust_env=False, timeout=httpx.Timeout(10, read=30)) as client,
        client.stream("GET", f"{address}/api/v2/stream", params={"date": str(day)}, headers=headers) as answer,
    ):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")

        def read() -> Iterator[dict]:
            event: dict = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if name == "id":
                    event["id"] = value
                elif name == "data":
                    event |= json.loads(value)
                elif not line and "date" in event:
                    yield event
                    event = {}

        yield read()


def _ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/health/ready", trust_env=False).is_success
    except httpx.TransportError:
        return False
