"""The MLflow store that is configured: reported as it is, and never upgraded unasked.

Belongs here: stores of MLflow's own making in schemas of one database, current, older and of another program.
Not here: runs and models in a store (registry/).
"""

import dataclasses
import re

import psycopg
import pytest

from mlb_ml_assets.registry.tracking import use_tracking_store
from mlb_ml_assets.stack.mlflow_server import migrate_mlflow
from mlb_ml_assets.warehouse.mlflow_store import (
    MlflowStoreNotOurs,
    has_usable_store,
    installed_head,
    read_mlflow_store,
    require_usable_store,
)

# An older migration, and beside it fewer tables than a newer version expects.
OLDER = "a1b2c3d4e5f6"
IN_PUBLIC = "postgresql://{user}@/{database}?host={host}&port={port}"


@pytest.fixture
def given(database):
    """Settings whose MLflow store is in schema public of the project's database."""
    settings = database.settings
    address = IN_PUBLIC.format(user=settings.user, database=settings.database, host=settings.host, port=settings.port)
    return dataclasses.replace(settings, given_mlflow_backend=address)


@pytest.fixture
def older_store(given, database):
    """A store that an older MLflow created."""
    with database.connect() as connection:
        connection.execute("CREATE TABLE public.alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        connection.execute("INSERT INTO public.alembic_version VALUES (%s)", [OLDER])
        connection.execute("CREATE TABLE public.experiments (experiment_id INTEGER PRIMARY KEY, name VARCHAR(256))")
    return given


def _tables(database):
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('public', 'mlflow')"
        )
        return set(rows.fetchall())


def test_an_older_store_of_others_is_reported_and_never_upgraded(older_store, database, monkeypatch):
    """`up` made 66 tables of 25, and the client that had created the store could no longer open it."""
    before = _tables(database)
    store = read_mlflow_store(older_store)
    assert (store.schema, store.head, store.is_given, store.is_mlflow) == ("public", OLDER, True, True)
    assert f"at migration {OLDER}, older than that of the installed MLflow" in store.render()
    for open_store in (require_usable_store, migrate_mlflow):
        with pytest.raises(MlflowStoreNotOurs, match=r"--upgrade-mlflow"):
            open_store(older_store)
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MLFLOW_BACKEND_STORE_URI", older_store.given_mlflow_backend)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(MlflowStoreNotOurs, match="MLFLOW_BACKEND_STORE_URI empty"):
        use_tracking_store()
    assert not has_usable_store(older_store)
    assert _tables(database) == before
    require_usable_store(older_store, may_upgrade=True)


def test_a_table_of_migrations_of_another_program_is_recognized(given, database):
    """Dagster's table has the same name: MLflow ended half way through with an error about a revision."""
    with database.connect() as connection:
        connection.execute("CREATE TABLE public.alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        connection.execute("INSERT INTO public.alembic_version VALUES ('7e2f3204cf8e')")
    assert "ANOTHER PROGRAM" in read_mlflow_store(given).render()
    with pytest.raises(MlflowStoreNotOurs, match="schema mlflow"):
        require_usable_store(given, may_upgrade=True)


def test_a_newer_store_is_left_alone(given, database):
    """MLflow's own error for it names a revision that nobody can look up."""
    with database.connect() as connection:
        connection.execute("CREATE TABLE public.alembic_version (version_num VARCHAR(32) PRIMARY KEY)")
        connection.execute("INSERT INTO public.alembic_version VALUES ('ffffffffffff')")
        connection.execute("CREATE TABLE public.experiments (experiment_id INTEGER PRIMARY KEY)")
    with pytest.raises(MlflowStoreNotOurs, match="newer or unknown"):
        require_usable_store(given, may_upgrade=True)


def test_a_store_of_our_own_is_created_and_current(database):
    """In schema mlflow the store is ours, and each release brings it to its version."""
    assert read_mlflow_store(database.settings).head is None
    migrate_mlflow(database.settings)
    store = read_mlflow_store(database.settings)
    assert (store.schema, store.head, store.is_given) == ("mlflow", installed_head(), False)
    assert has_usable_store(database.settings)
    assert re.search(r"fits MLflow \d", store.render())
    assert {schema for schema, _ in _tables(database)} == {"mlflow"}


def test_a_store_that_is_not_in_postgresql_is_not_judged(database):
    """SQLite files and remote servers have rules of their own."""
    assert read_mlflow_store(dataclasses.replace(database.settings, given_mlflow_backend="sqlite:///runs.db")) is None


def test_reading_a_store_writes_nothing(older_store, database):
    """`contract` runs it on databases of which we may only read."""
    with database.connect() as connection:
        connection.execute(f"ALTER DATABASE {database.name} SET default_transaction_read_only = on")
    assert read_mlflow_store(older_store).head == OLDER
    with psycopg.connect(database.dsn) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        connection.execute("CREATE TABLE public.t (n INTEGER)")
