"""One small simulated history through the whole chain, made once per run and copied per test.

Belongs here: its making, the two databases that tests copy, and pointing this process at a copy.
Not here: what must hold of it (assets/, registry/, commands/).
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import dagster as dg
import psycopg
import pytest

from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.history_import import import_history
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.demo import demo_league
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets_tests.conftest import Database, _fresh

# Two seasons: 2023 has the 850 games that a model needs, 2024 ends after nine days of its second month.
LEAGUE = SimulationConfig(season_days=68, today=date(2024, 5, 10))
FIRST, LAST = date(2023, 4, 1), date(2024, 5, 9)
PLAYED = DayRange(date(2024, 4, 1), LAST)
MONTHS = (date(2024, 4, 1), date(2024, 5, 1))
RANGE_START, RANGE_END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_BUILDING = 3


@pytest.fixture(scope="session")
def prepared_template(database_server, template_database) -> str:
    """Name of a database with the history, its games, prices and features, MLflow's tables, and no model."""
    return _made(database_server, "chain_prepared", template_database, _prepare)


@pytest.fixture(scope="session")
def played_template(database_server, prepared_template) -> str:
    """Name of a database where the models of April and May 2024 have predicted, bet and been scored."""
    return _made(database_server, "chain_played", prepared_template, _play)


@pytest.fixture
def prepared(database_server, prepared_template, tmp_path, monkeypatch) -> Iterator[Database]:
    """A copy of the prepared database; this process works on it, at the league's now."""
    for database in _fresh(database_server, prepared_template, tmp_path):
        _enter(monkeypatch, database)
        yield database
        _leave_mlflow()


@pytest.fixture
def played(database_server, played_template, tmp_path, monkeypatch) -> Iterator[Database]:
    """A copy of the played database; this process works on it, at the league's now."""
    for database in _fresh(database_server, played_template, tmp_path):
        _enter(monkeypatch, database)
        yield database
        _leave_mlflow()


def run_job(job: str, first: str, last: str, instance: dg.DagsterInstance | None = None) -> dg.ExecuteInProcessResult:
    """A job over a range of its partitions, in this process; failures are in the result."""
    from mlb_ml_assets.definitions import build_definitions

    return build_definitions().resolve_job_def(job).execute_in_process(
        instance=instance or dg.DagsterInstance.ephemeral(),
        tags={RANGE_START: first, RANGE_END: last},
        run_config=_QUIET,
        raise_on_error=False,
    )  # fmt: skip


def rows_of(connection: psycopg.Connection, statement: str, *parameters: object) -> list[tuple]:
    return connection.execute(statement, parameters).fetchall()


def one(connection: psycopg.Connection, statement: str, *parameters: object) -> tuple:
    (row,) = rows_of(connection, statement, *parameters)
    return row


def _made(server: DatabaseSettings, name: str, source: str, fill: Callable[[Database], None]) -> str:
    with connect(server.dsn, "test", autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_BUILDING,))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            connection.execute(f"DROP DATABASE IF EXISTS {name}_unfinished WITH (FORCE)")
            connection.execute("SELECT pg_advisory_lock(2)")
            connection.execute(f"CREATE DATABASE {name}_unfinished TEMPLATE {source} STRATEGY FILE_COPY")
            connection.execute("SELECT pg_advisory_unlock(2)")
            database = Database(
                DatabaseSettings(
                    home=server.home / "chain", host=server.host, port=server.port, database=f"{name}_unfinished",
                    user="postgres", password="",
                )
            )  # fmt: skip
            with pytest.MonkeyPatch.context() as patch:
                _enter(patch, database)
                fill(database)
                _leave_mlflow()
            # MLflow keeps connections open, and a database in use cannot be renamed.
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (f"{name}_unfinished",)
            )
            connection.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")
        connection.execute("SELECT pg_advisory_unlock(%s)", (_BUILDING,))
    return name


def _enter(patch: pytest.MonkeyPatch, database: Database) -> None:
    for name, value in database.environment.items():
        patch.setenv(name, value)
    for name in ("DAGSTER_HOME", "MLFLOW_TRACKING_URI", "MLFLOW_BACKEND_STORE_URI", "MLFLOW_DEFAULT_ARTIFACT_ROOT"):
        patch.delenv(name, raising=False)
    patch.setenv(SIMULATED_NOW, LEAGUE.now.isoformat())


def _leave_mlflow() -> None:
    import mlflow

    while mlflow.active_run() is not None:
        mlflow.end_run()


def _prepare(database: Database) -> None:
    from mlb_ml_assets.flows.features import build_vectors
    from mlb_ml_assets.registry.tracking import use_tracking_store

    league = demo_league(Path(os.environ["MLB_ML_HOME"]), LEAGUE, live_days=0)
    with database.connect() as connection:
        import_history(connection, [league.bundle_folder])
        for season in (2023, 2024):
            build_vectors(connection, DayRange(date(season, 4, 1), date(season, 6, 30)))
    use_tracking_store()


def _play(database: Database) -> None:
    from mlb_ml_assets.flows.performance import score_days
    from mlb_ml_assets.flows.predictions import predict_days
    from mlb_ml_assets.flows.recommendations import recommend_days

    result = run_job("train", MONTHS[0].isoformat(), MONTHS[-1].isoformat())
    assert result.success
    with database.connect() as connection:
        predict_days(connection, PLAYED)
        recommend_days(connection, PLAYED)
        score_days(connection, PLAYED)


@contextmanager
def at(instant: str) -> Iterator[None]:
    """The league's present moved to `instant` (ISO, with a zone)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(SIMULATED_NOW, instant)
        yield
