"""Months trained on two Celery workers beside each other, over a real Redis.

Belongs here: deploy/celery as docs/deployment.md has it used: workers, daemon, one backfill.
Not here: training itself (modeling, assets), Celery and Redis.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml

from mlb_ml_assets.commands.materialize import execute
from mlb_ml_assets.commands.steps import Step
from mlb_ml_assets.definitions import build_definitions
from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.features import build_vectors
from mlb_ml_assets.flows.history_import import import_history
from mlb_ml_assets.registry.aliases import CHALLENGER, version_of
from mlb_ml_assets.registry.game_model_runs import load_game_model
from mlb_ml_assets.registry.tracking import use_tracking_store
from mlb_ml_assets.stack.environment import dagster_instance
from mlb_ml_assets.stack.mlflow_server import migrate_mlflow
from mlb_ml_assets.stack.processes import ProcessIdentity, launch, stop_group
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets_tests.chain import MONTHS
from mlb_ml_assets_tests.conftest import Database, free_ports

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS = ("-m", "mlb_ml_assets.definitions")
# Three short seasons: from the second May on there is enough to train on.
SEASONS = range(2009, 2019)
SAME = ("model_version", "month", "cutoff", "feature_version", "training_games", "training_data_hash", "config_hash")


def test_the_instance_differs_by_its_launcher_alone():
    """Retention, limits and monitoring changed in one file would not hold in the other."""
    one = yaml.safe_load((ROOT / "dagster.yaml").read_text())
    many = yaml.safe_load((ROOT / "deploy/celery/dagster.yaml").read_text())
    launcher = many.pop("run_launcher")["config"]
    assert many == one
    worker = yaml.safe_load((ROOT / "deploy/celery/worker.yaml").read_text())["execution"]["config"]
    assert worker["broker"] == launcher["broker"]
    assert worker["backend"] == launcher["backend"]
    for declared in (launcher, worker):
        longest = declared["config_source"]["broker_transport_options"]["visibility_timeout"]
        assert longest > one["run_monitoring"]["max_runtime_seconds"], "Redis would hand a long run out twice"


@pytest.mark.long
def test_two_workers_train_the_same_models_as_one_process(prepared, played, tmp_path, monkeypatch):
    """Several runs at once share the registry, its experiments and the table of models: each could lose the race."""
    expected = _models(monkeypatch, played)
    assert [row[SAME.index("month")] for row in expected] == list(MONTHS)
    _train_on_workers(prepared, MONTHS, tmp_path)
    _assert_same(_models(monkeypatch, prepared), expected)


@pytest.mark.long
@pytest.mark.by_hand
def test_two_workers_train_ten_real_seasons_as_one_process_does(
    database, database_server, shared_data, tmp_path, monkeypatch
):
    """Every month of nine seasons as a run of its own: the size that justifies a second machine."""
    _use(monkeypatch, database)
    monkeypatch.delenv(SIMULATED_NOW, raising=False)
    with database.connect() as connection:
        import_history(connection, [shared_data / "history"])
        for season in SEASONS:
            build_vectors(connection, DayRange(date(season, 3, 1), date(season, 11, 30)))
    migrate_mlflow(database.settings)
    with _copy_of(database, database_server, tmp_path) as other:
        begun = time.monotonic()
        with dagster_instance(database.settings) as instance:
            # The first season has nothing before it to learn from.
            steps = [Step("train", SEASONS[-1], f"{SEASONS[1]}-03-01", f"{SEASONS[-1]}-11-01")]
            assert len(list(execute(steps, build_definitions(), instance, on_step=lambda _: None))) == 1
        alone = time.monotonic() - begun
        expected = _models(monkeypatch, database)
        months = [row[SAME.index("month")] for row in expected]
        assert len(months) > 7 * len(SEASONS[1:])
        shared_out = _train_on_workers(other, months, tmp_path)
        largest = _assert_same(_models(monkeypatch, other), expected)
    print(
        f"\n{len(months)} months: {alone:.0f} s in one run of one process, {shared_out:.0f} s as runs on two workers; "
        f"largest difference of any number {largest:.1e}"
    )


def _use(monkeypatch, database: Database) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_BACKEND_STORE_URI", "MLFLOW_DEFAULT_ARTIFACT_ROOT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)


@contextmanager
def _copy_of(database: Database, server, folder: Path):
    name = f"{database.name}_copy"
    with connect(server.dsn, "test", autocommit=True) as connection:
        # Whoever is still connected, as MLflow's pool of this process is, would keep it from being copied.
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database.name])
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {database.name} STRATEGY FILE_COPY")
        try:
            yield Database(replace(database.settings, database=name, home=folder / "other"))
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _train_on_workers(database: Database, months: Sequence[date], folder: Path) -> float:
    """The commands of docs/deployment.md: two workers, a daemon, a backfill; its seconds. Both workers had work."""
    pytest.importorskip("dagster_celery", reason="Celery is not installed: pip install -r requirements-dev.txt")
    redis = shutil.which("redis-server") or pytest.skip("redis-server is not installed")
    (port,) = free_ports(1)
    home = folder / "dagster_home"
    home.mkdir()
    shutil.copyfile(ROOT / "deploy/celery/dagster.yaml", home / "dagster.yaml")
    programs = Path(sys.executable).parent
    # MLflow's client leaves its address in the environment: that of the other database.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    environment = {
        **kept,
        **database.environment,
        "DAGSTER_HOME": str(home),
        "MLB_ML_CELERY_BROKER": f"redis://127.0.0.1:{port}/0",
        "OMP_NUM_THREADS": "1",
        "PATH": f"{programs}:{os.environ['PATH']}",
    }
    worker = [str(programs / "dagster-celery"), "worker", "start", "-A", "dagster_celery.app"]
    worker += ["-y", str(ROOT / "deploy/celery/worker.yaml")]
    commands = {
        "redis": [redis, "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
        "worker_1": [*worker, "-n", "one", "--", "--concurrency", "1"],
        "worker_2": [*worker, "-n", "two", "--", "--concurrency", "1"],
        "daemon": [str(programs / "dagster-daemon"), "run", *DEFINITIONS],
    }
    backfill = [str(programs / "dagster"), "job", "backfill", "--noprompt", "-j", "train", *DEFINITIONS]
    running = []
    try:
        for name, command in commands.items():
            running.append(launch(command, environment, folder / f"{name}.log", folder))
            if name == "redis":
                _await_port(port)
        for worker in ("worker_1", "worker_2"):
            _await_text(folder / f"{worker}.log", " ready.")
        begun = time.monotonic()
        partitions = ",".join(month.isoformat() for month in months)
        subprocess.run(
            [*backfill, "--partitions", partitions], env=environment, cwd=folder, check=True, capture_output=True
        )
        _await_runs(database, len(months))
        took = time.monotonic() - begun
    finally:
        for process in reversed(running):
            if process.poll() is None:
                stop_group(ProcessIdentity.of(process.pid), seconds=5)
    for worker in ("worker_1", "worker_2"):
        assert "Task execute_job" in (folder / f"{worker}.log").read_text(), f"{worker} had nothing to do"
    return took


def _await_port(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Redis did not start")


def _await_text(log: Path, text: str) -> None:
    deadline = time.monotonic() + 60
    while text not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()[-3000:]
        time.sleep(0.2)


def _await_runs(database: Database, count: int) -> None:
    # As soon as one fails this ends; the deadline is for a run that nobody takes.
    deadline = time.monotonic() + 120 + 60 * count
    while True:
        with database.connect() as connection:
            rows = connection.execute("SELECT status FROM dagster.runs WHERE pipeline_name = 'train'").fetchall()
        states = [state for (state,) in rows]
        assert "FAILURE" not in states
        if states.count("SUCCESS") == count:
            return
        assert time.monotonic() < deadline, states
        time.sleep(1)


def _models(monkeypatch, database: Database) -> dict[tuple, dict[str, np.ndarray]]:
    """What each month was trained on, and every number of the model that came out."""
    _use(monkeypatch, database)
    use_tracking_store()
    with database.connect() as connection:
        rows = connection.execute(
            f"SELECT {', '.join(SAME)}, model_uri FROM curated.game_models ORDER BY month"
        ).fetchall()
    return {
        tuple(row[:-1]): {
            f"{stage}/{name}": array
            for stage, model in load_game_model(row[-1], None, None).stages.items()
            for name, array in model.arrays().items()
        }
        for row in rows
    }


def _assert_same(trained: dict[tuple, dict[str, np.ndarray]], expected: dict[tuple, dict[str, np.ndarray]]) -> float:
    """The largest relative difference; a month's challenger is the newest one, whichever run ended last."""
    assert trained.keys() == expected.keys()
    largest = 0.0
    for row, arrays in expected.items():
        assert arrays.keys() == trained[row].keys()
        for name, array in arrays.items():
            np.testing.assert_allclose(trained[row][name], array, rtol=1e-7, atol=1e-12, err_msg=f"{row[0]} {name}")
            if array.dtype.kind == "f" and array.size:
                gap = np.abs(trained[row][name] - array) / np.maximum(np.abs(array), 1.0)
                largest = max(largest, float(np.nanmax(gap, initial=0.0)))
    newest = max(row[SAME.index("month")] for row in expected)
    assert version_of(CHALLENGER).model_version == f"{newest:%Y-%m}"
    return largest
