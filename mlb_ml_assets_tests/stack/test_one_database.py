"""Dagster, MLflow and our tables in one database, each in its schema.

Belongs here: the three programs' own code against one PostgreSQL, in both orders, without servers.
Not here: the running stack (test_real_stack).
"""

import dataclasses
import os
import secrets
import subprocess
import sys
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from dagster_postgres.event_log import PostgresEventLogStorage
from sqlalchemy import create_engine, text

from mlb_ml_assets.stack.database import (
    NotMigrated,
    SchemaIgnored,
    SchemaMissing,
    WrongEncoding,
    ensure_database,
    require_schema_of_its_own,
)
from mlb_ml_assets.stack.environment import dagster_instance
from mlb_ml_assets.stack.mlflow_server import migrate_mlflow
from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets.warehouse.settings import DatabaseSettings

OURS = ("raw_data", "staging", "curated", "mlb_ml")


@dg.asset
def toy() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"rows": 3})


def _tables(database) -> dict[str, set[str]]:
    with database.connect() as connection:
        found: dict[str, set[str]] = {}
        rows = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        for schema, table in rows:
            found.setdefault(schema, set()).add(table)
        return found


def _use_dagster() -> None:
    with dagster_instance() as instance:
        assert isinstance(instance.event_log_storage, PostgresEventLogStorage)
        # What the webserver does at its start; under psycopg 3 the next query finds its connection closed.
        instance.optimize_for_webserver(statement_timeout=10_000, pool_recycle=60, max_overflow=5)
        result = dg.materialize([toy], instance=instance)
        event = instance.get_latest_materialization_event(toy.key)
        assert event is not None
        assert event.run_id == result.run_id
        assert instance.get_run_by_id(result.run_id).status is dg.DagsterRunStatus.SUCCESS


def _use_mlflow(settings: DatabaseSettings) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(settings.mlflow_tracking_uri)
    experiment = client.create_experiment("toy", artifact_location=f"{settings.artifact_root}/toy")
    run = client.create_run(experiment)
    client.log_metric(run.info.run_id, "log_loss", 0.67)
    client.set_terminated(run.info.run_id)
    found = client.search_runs([experiment])
    assert [(each.info.status, each.data.metrics) for each in found] == [("FINISHED", {"log_loss": 0.67})]
    assert found[0].info.artifact_uri.startswith(settings.artifact_root)


@pytest.mark.parametrize("order", ["dagster first", "mlflow first"])
def test_three_programs_share_one_database(database, environment, order):
    """In one schema the second to come dies, after it made some of its tables among the first one's."""
    before = _tables(database)
    if order == "dagster first":
        _use_dagster()
        _use_mlflow(database.settings)
    else:
        _use_mlflow(database.settings)
        _use_dagster()
    # Each finds its own again.
    _use_dagster()
    after = _tables(database)
    assert {schema: after[schema] for schema in OURS} == {schema: before[schema] for schema in OURS}
    assert "public" not in after
    assert {"runs", "alembic_version"} <= after["dagster"] & after["mlflow"]


def test_dagsters_own_migration_runs_and_touches_nobody_else(database, environment):
    """`dagster instance migrate` looks for alembic_version and would take MLflow's or ours."""
    _use_dagster()
    before = _tables(database)
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "instance", "migrate"],
        env={**os.environ, "DAGSTER_HOME": str(database.settings.home / "dagster")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert _tables(database) == before


def test_mlflows_tables_are_made_once_and_only_in_its_schema(database, environment):
    """A container that starts before the tables are there makes them a second time, in the middle of the first."""
    before = _tables(database)
    migrate_mlflow(database.settings)
    migrate_mlflow(database.settings)
    after = _tables(database)
    assert {"runs", "experiments"} <= after.pop("mlflow")
    assert after == before
    with database.connect() as connection:
        rows = connection.execute("SELECT name, artifact_location FROM mlflow.experiments").fetchall()
    assert rows == [("Default", f"{database.settings.artifact_root}/0")]


def test_our_own_commands_leave_no_dagster_litter(database, environment, tmp_path, monkeypatch):
    """Without DAGSTER_HOME every command leaves .tmp_dagster_home_* in the folder it was called from."""
    monkeypatch.chdir(tmp_path)
    _use_dagster()
    assert [each.name for each in tmp_path.iterdir()] == ["home"]


def test_a_password_of_special_characters_opens_every_door(database):
    """Quoted for one driver and not for the other: works at a desk with password 'postgres' only."""
    password = "p@:/?#[]!$&'()*+,;=%25 \\\"é"
    role = f"mlb {database.name}@x"
    with database.connect() as connection:
        connection.execute(
            psycopg.sql.SQL("CREATE ROLE {} LOGIN SUPERUSER PASSWORD {}").format(
                psycopg.sql.Identifier(role), psycopg.sql.Literal(password)
            )
        )
        data = Path(connection.execute("SHOW data_directory").fetchone()[0])
        rules = data / "pg_hba.conf"
        before = rules.read_text()
        rules.write_text(f'local all "{role}" scram-sha-256\n{before}')
        connection.execute("SELECT pg_reload_conf()")
    try:
        given = {**database.environment, "POSTGRES_USER": role, "POSTGRES_PASSWORD": password}
        settings = DatabaseSettings.from_environment(given)
        with connect(settings.dsn) as connection:
            assert connection.execute("SELECT current_user").fetchone() == (role,)
        engine = create_engine(settings.sqlalchemy_url("dagster"))
        with engine.connect() as second:
            assert second.execute(text("SELECT current_user, current_schemas(FALSE)")).fetchone() == (role, ["dagster"])
        engine.dispose()
        with pytest.raises(DatabaseUnreachable) as refused:
            connect(DatabaseSettings.from_environment({**given, "POSTGRES_PASSWORD": password + "x"}).dsn)
        assert password not in str(refused.value)
    finally:
        rules.write_text(before)
        with database.connect() as connection:
            connection.execute("SELECT pg_reload_conf()")
            connection.execute(psycopg.sql.SQL("DROP ROLE {}").format(psycopg.sql.Identifier(role)))


def test_a_given_database_is_never_migrated_unasked(empty_database):
    """Starting a web page must not change the tables of a production database."""
    with pytest.raises(NotMigrated, match="mlb-ml migrate"):
        ensure_database(empty_database.settings)
    assert set(_tables(empty_database)) == set()
    migrate(empty_database.dsn)
    ensure_database(empty_database.settings)


def test_a_missing_schema_that_we_may_not_create_is_named(empty_database):
    """'permission denied for database' names neither the schema nor the cure."""
    role = f"reader_{empty_database.name}"
    with empty_database.connect() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
    try:
        settings = DatabaseSettings.from_environment({**empty_database.environment, "POSTGRES_USER": role})
        with pytest.raises(SchemaMissing, match=f"CREATE SCHEMA raw_data AUTHORIZATION {role}"):
            ensure_database(settings)
    finally:
        with empty_database.connect() as connection:
            connection.execute(f"DROP ROLE {role}")


def test_an_unreachable_database_is_one_sentence_in_dagster(tmp_path):
    """A traceback of forty lines ends in 'connection refused'."""
    (tmp_path / "toy.py").write_text("import dagster as dg\ndefs = dg.Definitions()\n")
    root = Path(__file__).resolve().parents[2]
    (tmp_path / "dagster.yaml").write_text((root / "dagster.yaml").read_text())
    environment = {name: value for name, value in os.environ.items() if name != "DAGSTER_HOME"}
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "dev", "-f", "toy.py"],
        env={**environment, "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1", "PYTHONPATH": str(root)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Error: no connection to database mlb_betting at 127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_read_only_database_is_reported_with_the_servers_reason(empty_database):
    """A traceback of forty lines ended in the one sentence that a standby's owner needs."""
    with empty_database.connect() as connection:
        connection.execute(f"ALTER DATABASE {empty_database.name} SET default_transaction_read_only = on")
    result = subprocess.run(
        [sys.executable, "-m", "mlb_ml_assets.cli", "migrate"],
        env=os.environ | empty_database.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "read-only transaction" in result.stderr
    assert "Traceback" not in result.stderr


def test_dagster_reports_the_right_that_it_lacks(database, monkeypatch):
    """Missing rights were reported as a lost database, and running the command again never helped."""
    role = f"weak_{database.name}"
    with database.connect() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN")
        connection.execute(f"GRANT USAGE ON SCHEMA mlb_ml, dagster TO {role}")
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA mlb_ml TO {role}")
    for name, value in (database.environment | {"POSTGRES_USER": role, "DAGSTER_HOME": ""}).items():
        monkeypatch.setenv(name, value)
    try:
        with pytest.raises(Exception, match="permission denied for schema dagster"):
            _use_dagster()
    finally:
        with database.connect() as connection:
            connection.execute(f"DROP OWNED BY {role}")
            connection.execute(f"DROP ROLE {role}")


def test_dagster_and_mlflow_need_sessions_that_keep_their_schema(database, monkeypatch):
    """A pooler that drops startup options had Dagster's tables in public, beside MLflow's of the same names."""
    with database.connect() as connection:
        connection.execute("DROP SCHEMA dagster")
    with pytest.raises(SchemaIgnored, match="would be created in None"):
        require_schema_of_its_own(database.settings, "dagster")
    require_schema_of_its_own(database.settings, "mlflow")


def test_a_database_that_cannot_store_every_name_is_refused(database_server, tmp_path):
    """SQL_ASCII takes any byte and `migrate` ended in a traceback."""
    name = f"test_{secrets.token_hex(6)}"
    settings = dataclasses.replace(database_server, database=name, home=tmp_path)
    with connect(database_server.dsn, "test", autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C'"
        )
        try:
            with pytest.raises(WrongEncoding, match="SQL_ASCII"):
                ensure_database(settings, migrated=False)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
