"""Months trained on two Celery workers beside each other, over a real Redis.

Belongs here: deploy/celery as docs/deployment.md has it used: workers, daemon, one backfill.
Does not: training itself (modeling, assets), Celery and Redis.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml

from mlb_ml_assets.assets.history_import import import_history
from mlb_ml_assets.clock import SIMULATED_NOW
from mlb_ml_assets.commands.materialize import Step, execute, plan
from mlb_ml_assets.definitions import build_definitions
from mlb_ml_assets.registry.aliases import CHALLENGER, version_of
from mlb_ml_assets.registry.game_model_runs import load_game_model
from mlb_ml_assets.resources.mlflow import use_tracking_store
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.demo import demo_league
from mlb_ml_assets.stack.dagster_home import dagster_instance
from mlb_ml_assets.stack.mlflow_server import migrate_mlflow
from mlb_ml_assets.stack.processes import ProcessIdentity, launch, stop_group
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets_tests.conftest import Database, free_ports

ROOT = Path(__file__).resolve().parents[2]
DEFINITIONS = ("-m", "mlb_ml_assets.definitions")
# Three short seasons: from the second May on there is enough to train on.
LEAGUE = SimulationConfig(first_day=date(2022, 4, 1), today=date(2024, 5, 3), season_days=40)
MONTHS = ("2023-05-01", "2024-04-01", "2024-05-01")
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
    for told in (launcher, worker):
        longest = told["config_source"]["broker_transport_options"]["visibility_timeout"]
        assert longest > one["run_monitoring"]["max_runtime_seconds"], "Redis would hand a long run out twice"


@pytest.mark.long
@pytest.mark.by_hand
def test_two_workers_train_the_same_models_as_one_process(database, database_server, tmp_path, monkeypatch):
    """Several runs at once share the registry, its experiments and the table of models: each could lose the race."""
    pytest.importorskip("dagster_celery", reason="Celery is not installed: pip install -r requirements-dev.txt")
    redis = shutil.which("redis-server") or pytest.skip("redis-server is not installed")
    _use(monkeypatch, database)
    _fill(database, tmp_path)
    with _copy_of(database, database_server, tmp_path) as other:
        with dagster_instance(database.settings) as instance:
            steps = [Step("train", 2023, MONTHS[0], MONTHS[0]), Step("train", 2024, MONTHS[1], MONTHS[2])]
            assert len(list(execute(steps, build_definitions(), instance, on_step=lambda _: None))) == 2
        expected = _models(database)
        logs = _train_on_workers(other, redis, tmp_path)
        _use(monkeypatch, other)
        trained = _models(other)
        assert [row[SAME.index("month")].isoformat() for row in expected] == list(MONTHS)
        assert trained.keys() == expected.keys()
        for row, arrays in expected.items():
            assert arrays.keys() == trained[row].keys()
            for name, array in arrays.items():
                np.testing.assert_allclose(trained[row][name], array, rtol=1e-7, atol=1e-12, err_msg=f"{row[0]} {name}")
        assert version_of(CHALLENGER).model_version == MONTHS[-1][:7]
        for log in logs:
            assert "Task execute_job" in log.read_text(), "a worker had nothing to do"


def _use(monkeypatch, database: Database) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv(SIMULATED_NOW, LEAGUE.now.isoformat())
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_BACKEND_STORE_URI", "MLFLOW_DEFAULT_ARTIFACT_ROOT"):
        monkeypatch.delenv(name, raising=False)
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)


def _fill(database: Database, folder: Path) -> None:
    with database.connect() as connection:
        assert import_history(connection, [demo_league(folder, LEAGUE).bundle_folder]).rejected == {}
    migrate_mlflow(database.settings)
    with dagster_instance(database.settings) as instance:
        steps = plan(LEAGUE.first_day, LEAGUE.today, jobs=("prepare",))
        assert len(list(execute(steps, build_definitions(), instance, on_step=lambda _: None))) == 3


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


def _train_on_workers(database: Database, redis: str, folder: Path) -> list[Path]:
    """The commands of docs/deployment.md: two workers, a daemon, a backfill; the workers' logs."""
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
        subprocess.run(
            [*backfill, "--partitions", ",".join(MONTHS)], env=environment, cwd=folder, check=True, capture_output=True
        )
        _await_runs(database, len(MONTHS))
    finally:
        for process in reversed(running):
            if process.poll() is None:
                stop_group(ProcessIdentity.of(process.pid), seconds=5)
    return [folder / "worker_1.log", folder / "worker_2.log"]


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


def _await_runs(database: Database, count: int) -> None:
    deadline = time.monotonic() + 600
    while True:
        with database.connect() as connection:
            rows = connection.execute("SELECT status FROM dagster.runs WHERE pipeline_name = 'train'").fetchall()
        states = [state for (state,) in rows]
        assert "FAILURE" not in states
        if states.count("SUCCESS") == count:
            return
        assert time.monotonic() < deadline, states
        time.sleep(1)


def _models(database: Database) -> dict[tuple, dict[str, np.ndarray]]:
    """What a month was trained on, and every number of the model that came out."""
    use_tracking_store()
    with database.connect() as connection:
        rows = connection.execute(
            f"SELECT {', '.join(SAME)}, model_uri FROM curated.game_models ORDER BY month"
        ).fetchall()
    return {
        tuple(row[:-1]): {
            f"{stage}/{name}": array
            for stage, model in load_game_model(row[-1]).stages.items()
            for name, array in model.arrays().items()
        }
        for row in rows
    }
