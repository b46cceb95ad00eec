"""Servers of a test's own, apart from the one that all tests share.

Belongs here: fixtures of this folder.
Not here: the shared server (../conftest).
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlb_ml_assets.stack.embedded import EmbeddedServer


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's own user can reach, which pytest's private one is not under root."""
    path = Path(tempfile.mkdtemp(prefix="mlb_ml-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(folder / "home")
    yield server
    server.stop()


@pytest.fixture
def environment(database, monkeypatch) -> dict[str, str]:
    """This process uses the test's own database."""
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("MLFLOW_BACKEND_STORE_URI", raising=False)
    # Set and taken back after the test, since dagster_instance() sets it for the whole process.
    monkeypatch.setenv("DAGSTER_HOME", "")
    return database.environment
