"""Advisory locks: one number for one purpose, and waits that end with the name of the holder.

Belongs here: locks of a session.
Not here: locks of partitions (test_partition_write.py), two daemons (drills/test_daemons.py).
"""

import re
from pathlib import Path

import psycopg
import pytest

from mlb_ml_assets.stack.daemon import DaemonLock
from mlb_ml_assets.stack.mlflow_server import migrate_mlflow
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.locks import Lock, LockNotAcquired, hold_lock, try_lock
from mlb_ml_assets.warehouse.migrations import migrate

PACKAGE = Path(__file__).parents[2] / "mlb_ml_assets"


def test_no_two_locks_share_a_number():
    """The daemon and MLflow's tables had one: `mlb-ml migrate --mlflow` waited for the daemon to end."""
    assert len(Lock.__members__) == len({lock.value for lock in Lock})


def test_locks_are_taken_in_one_module():
    """A number written elsewhere can be given out a second time."""
    taking = re.compile(r"pg_(?:try_)?advisory_(?:xact_)?lock")
    found = {path.name for path in PACKAGE.rglob("*.py") if taking.search(path.read_text())}
    assert found == {"locks.py"}


def test_mlflow_is_migrated_while_a_daemon_runs(database):
    """Every upgrade in place: the old daemon still runs when the new version migrates."""
    daemon = DaemonLock(database.settings)
    daemon.wait()
    migrate_mlflow(database.settings)


def test_a_wait_ends_with_the_name_of_the_holder(database):
    """A command that hangs without a word is killed, and tried again, and hangs."""
    with connect(database.dsn, "mlb_ml:first", autocommit=True) as first, database.connect() as second:
        pid = first.info.backend_pid
        with (
            hold_lock(first, Lock.MIGRATIONS),
            pytest.raises(LockNotAcquired, match=rf"MIGRATIONS is held by mlb_ml:first \(pid {pid}, client local"),
            hold_lock(second, Lock.MIGRATIONS, max_wait_seconds=0.05),
        ):
            pass
        with hold_lock(first, Lock.MIGRATIONS), pytest.raises(LockNotAcquired, match="mlb_ml:first"):
            migrate(database.dsn, max_wait_seconds=0.05)


def test_a_lock_is_released_after_its_block_and_leaves_the_session_as_it_was(database):
    """A connection is used on: a timeout left behind would end its next wait for a row."""
    with database.connect() as first, database.connect() as second:
        first.execute("SET lock_timeout = '7s'")
        with hold_lock(first, Lock.DAGSTER_STORAGE):
            assert first.execute("SHOW lock_timeout").fetchone() == ("7s",)
            assert not try_lock(second, Lock.DAGSTER_STORAGE)
            assert try_lock(second, Lock.MLFLOW_STORE)
        assert try_lock(second, Lock.DAGSTER_STORAGE)


def test_a_lost_session_releases_its_lock(database):
    """A killed container must not lock the next one out; nor must the error on the way out hide what happened."""
    with database.connect() as first, database.connect() as second:
        with pytest.raises(psycopg.errors.AdminShutdown), hold_lock(first, Lock.MIGRATIONS):
            first.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        with hold_lock(second, Lock.MIGRATIONS, max_wait_seconds=5):
            pass
