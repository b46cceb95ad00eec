"""A real pgbouncer between us and the server: session pooling works, transaction pooling is refused.

Belongs here: pgbouncer itself, in its modes, before migrations, a run's connections, Dagster's and MLflow's tables.
Not here: what a session sets for itself (warehouse/test_connection.py).
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from mlb_ml_assets.stack.database import SchemaIgnored, ensure_database, require_schema_of_its_own
from mlb_ml_assets.stack.mlflow_server import migrate_mlflow
from mlb_ml_assets.warehouse.connection import TransactionPooling, connect
from mlb_ml_assets.warehouse.contract import check_contract
from mlb_ml_assets.warehouse.locks import Lock, hold_lock
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets_tests.conftest import free_ports

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(PROGRAM is None, reason="pgbouncer is not installed (apt-get install pgbouncer)"),
]
# As many deployments have it: clients' startup options are dropped, in which Dagster and MLflow name their schema.
DROPPING = "ignore_startup_parameters = options,extra_float_digits"
PASSING = ""


@contextmanager
def pgbouncer(database, mode, options=DROPPING):
    """Settings of the same database behind a pgbouncer of this mode."""
    settings = database.settings
    (port,) = free_ports(1)
    # pgbouncer refuses to run as root: the server's user reads this, and reaches the server's socket.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    path = folder / "pgbouncer.ini"
    path.write_text(
        f"[databases]\n* = host={settings.host} port={settings.port} user={settings.user}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n"
        f"pool_mode = {mode}\n{options}\n"
    )
    user = {"user": Path(settings.host).stat().st_uid} if os.geteuid() == 0 else {}
    process = subprocess.Popen([PROGRAM, "-q", path], stderr=subprocess.PIPE, **user)
    try:
        while True:
            assert process.poll() is None, process.stderr.read().decode()
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.02)
        yield replace(settings, host="127.0.0.1", port=port)
    finally:
        process.terminate()
        process.wait()
        shutil.rmtree(folder)


def tables(database):
    """Names of all tables that are not the server's own, by schema."""
    with database.connect() as connection:
        rows = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        return set(rows.fetchall())


@pytest.mark.parametrize("options", [DROPPING, PASSING])
def test_transaction_pooling_is_refused_before_anything_is_created(empty_database, options):
    """Behind it, Dagster's tables went to public and 65 of MLflow's to mlb_ml, and the command reported success."""
    with pgbouncer(empty_database, "transaction", options) as settings:
        for create in (lambda: migrate(settings.dsn), lambda: ensure_database(settings)):
            with pytest.raises(TransactionPooling, match=r"set the pooler to session pooling"):
                create()
    assert tables(empty_database) == set()


def test_a_pooler_that_takes_its_connections_in_turn_is_recognized(empty_database):
    """The second client got another server process, as with session pooling, and nothing was refused."""
    with pgbouncer(empty_database, "transaction", f"{DROPPING}\nserver_round_robin = 1") as settings:
        with psycopg.connect(settings.dsn) as one, psycopg.connect(settings.dsn) as other:
            processes = {each.execute("SELECT pg_backend_pid()").fetchone() for each in (one, other)}
        assert len(processes) == 2
        with pytest.raises(TransactionPooling):
            connect(settings.dsn)


def test_session_pooling_works_for_the_pipeline(empty_database):
    """Documented, and until now tried against a pooler of ten lines only."""
    with pgbouncer(empty_database, "session") as settings:
        migrate(settings.dsn)
        ensure_database(settings)
        with connect(settings.dsn, autocommit=True) as connection, hold_lock(connection, Lock.DAGSTER_STORAGE):
            assert check_contract(connection).fits
            assert connection.execute("SHOW TimeZone").fetchone() == ("UTC",)


def test_programs_that_name_their_schema_at_the_start_are_refused_where_it_is_dropped(database):
    """Their tables would be created in whatever schema the role has first."""
    before = tables(database)
    with pgbouncer(database, "session") as settings:
        for create in (lambda: require_schema_of_its_own(settings, "dagster"), lambda: migrate_mlflow(settings)):
            with pytest.raises(SchemaIgnored, match="Connect to the server itself"):
                create()
    assert tables(database) == before
