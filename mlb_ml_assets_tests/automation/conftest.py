"""What the tests of automation share: a Dagster instance on the test's own PostgreSQL, rows of an outside collector.

Belongs here: fixtures of this room.
Not here: promises (test_*.py).
"""

import dataclasses
import uuid
from datetime import UTC, date, datetime, timedelta

import dagster as dg
import pytest
from dagster_postgres.storage import DagsterPostgresStorage

from mlb_ml_assets.stack.environment import dagster_instance
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets_tests.conftest import _fresh

QUOTE = """
    INSERT INTO staging.action_network_odds_historical
        (external_game_id, sportsbook_external_id, market_type, side, odds, updated_at)
    VALUES (%s, '68', 'moneyline', %s, %s, %s)
"""
LISTING = """
    INSERT INTO staging.action_network_games (external_game_id, home_team, away_team, game_date)
    VALUES (%s, 'BOS', 'NYY', %s)
"""


@pytest.fixture(scope="session")
def dagster_template(database_server, template_database):
    """The migrated template with Dagster's own tables, which take 1.6 s to make; copied per test."""
    name = f"{template_database}_with_dagster"
    with connect(database_server.dsn, "test", autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone():
            unfinished = f"{name}_unfinished"
            connection.execute(f"DROP DATABASE IF EXISTS {unfinished}")
            connection.execute(f"CREATE DATABASE {unfinished} TEMPLATE {template_database} STRATEGY FILE_COPY")
            settings = dataclasses.replace(database_server, database=unfinished)
            DagsterPostgresStorage(postgres_url=settings.sqlalchemy_url("dagster"))
            connection.execute(f"ALTER DATABASE {unfinished} RENAME TO {name}")
    return name


@pytest.fixture
def database(database_server, dagster_template, tmp_path):
    """As everywhere, with Dagster's tables already in it."""
    yield from _fresh(database_server, dagster_template, tmp_path)


@pytest.fixture
def environment(database, monkeypatch):
    """This process, and those it starts, on the test's database; no Dagster home of the developer's."""
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)
    for name in ("MLB_ML_SIMULATED_NOW", "MLB_ML_ALERT_URLS", "MLB_ML_AUTOMATION", "MLB_ML_COLLECT", "DAGSTER_HOME"):
        monkeypatch.delenv(name, raising=False)
    return database


@pytest.fixture
def instance(environment, monkeypatch):
    """A Dagster instance as dagster.yaml describes it, in the schema dagster of the test's database."""
    monkeypatch.setenv("DAGSTER_HOME", "")
    with dagster_instance(environment.settings) as instance:
        yield instance


class OutsideCollector:
    """Somebody else's program that writes Action Network's table, over connections of its own."""

    def __init__(self, database):
        self.database = database
        self.stamps = 0

    def list_game(self, event, day):
        with self.database.connect() as connection:
            connection.execute(LISTING, (event, day))

    def quote(self, event, odds=-120, connection=None):
        """Commit one new price, or leave it to the given connection's transaction."""
        self.stamps += 1
        row = (event, "home", odds, datetime(2024, 6, 15, 12, tzinfo=UTC) + timedelta(seconds=self.stamps))
        if connection is not None:
            connection.execute(QUOTE, row)
            return
        with self.database.connect() as own:
            own.execute(QUOTE, row)


@pytest.fixture
def collector(environment):
    """An outside collector that has listed one game a day in June 2024; the event's id is 6 and its day, e.g. 615."""
    outside = OutsideCollector(environment)
    for day in range(1, 16):
        outside.list_game(f"6{day:02d}", date(2024, 6, day))
    return outside


class Runs:
    """The daemon as a sensor sees it: requested runs are recorded in the instance and end."""

    def __init__(self, instance):
        self.instance = instance

    def queue(self, requests):
        """Enter requested runs as the daemon does; the runs by day."""
        return {
            request.partition_key: self.instance.add_run(
                dg.DagsterRun(
                    job_name="slate",
                    run_id=str(uuid.uuid4()),
                    status=dg.DagsterRunStatus.STARTED,
                    tags={
                        **request.tags,
                        "dagster/run_key": request.run_key,
                        "dagster/partition": request.partition_key,
                    },
                )
            )
            for request in requests
        }

    def succeed(self, run):
        self._end(run, dg.DagsterEventType.PIPELINE_SUCCESS)

    def fail(self, run):
        self.instance.report_run_failed(run)

    def cancel(self, run):
        self.instance.report_run_canceled(run)

    def _end(self, run, kind):
        event = dg.DagsterEvent(event_type_value=kind.value, job_name=run.job_name)
        self.instance.report_dagster_event(event, run.run_id)


@pytest.fixture
def runs(instance):
    """Runs of the test's instance."""
    return Runs(instance)
