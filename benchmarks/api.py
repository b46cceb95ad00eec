"""The Prediction API's answers beside a bare route of the same framework.

Belongs here: health and a slate in this process, without a network.
Not here: load from many clients.
"""

import os

from benchmarks.figures import Figure, median_seconds
from benchmarks.scratch import Scratch


def measure(scratch: Scratch) -> list[Figure]:
    """Milliseconds a request, warm."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from fastapi import FastAPI
    from fastapi.testclient import TestClient

    from mlb_ml_assets.serving.app import build_app
    from mlb_ml_assets.serving.database import ReadDatabase
    from mlb_ml_assets.serving.settings import ServingSettings

    settings = ServingSettings(allowed_hosts=("testserver",), requests_per_minute=1_000_000)
    reads = ReadDatabase(settings.connections, settings.statement_timeout_ms, dsn=lambda: scratch.settings.dsn)
    bare = FastAPI()
    bare.add_api_route("/", lambda: {"status": "ok"})
    figures = []
    with TestClient(build_app(settings, database=reads)) as ours, TestClient(bare) as plain:
        limit = median_seconds(lambda: plain.get("/"), 30)
        for name, path in (("health", "/health/live"), ("a day without games", "/api/v1/slates/2001-01-01")):
            seconds = median_seconds(lambda path=path: ours.get(path), 30)  # type: ignore[misc]
            figures.append(
                Figure("api", f"{name}: {path}", "ms", 1e3 * seconds, 1e3 * limit, "a bare route of FastAPI")
            )
    return figures
