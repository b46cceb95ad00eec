"""PostgreSQL advisory locks: who may do what alone on a database.

Belongs here: every lock of the project, waiting for one, and naming the session that holds it.
Not here: what is done under a lock.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from enum import IntEnum, unique
from typing import Any, Final

import psycopg
from psycopg import sql

from mlb_ml_assets.warehouse.connection import require_transaction
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.sql import query, split_name

# A supervisor starts a process again that ends here; one that hangs looks healthy to it.
MAX_WAIT_SECONDS: Final = 300.0


@unique
class Lock(IntEnum):
    """The locks that one session holds at a time on a database. A number is never given to another purpose."""

    MIGRATIONS = 7_104_220_391
    DAGSTER_STORAGE = 7_104_220_392
    DAEMON = 7_104_220_393
    MLFLOW_STORE = 7_104_220_394
    MODEL_REGISTRY = 7_104_220_395
    PRICER = 7_104_220_396
    LOGINS = 7_104_220_397
    ARCHIVED_MONTHS = 7_104_220_398


class LockNotAcquired(WarehouseError, TimeoutError):
    """Another session holds the lock for longer than we wait; the message names it."""


@contextmanager
def hold_lock(
    connection: psycopg.Connection[Any], lock: Lock, max_wait_seconds: float = MAX_WAIT_SECONDS
) -> Iterator[None]:
    """Hold a lock for the length of the block; a lost session releases it too.

    Args:
        connection: whose session holds the lock; in autocommit mode, outside a transaction.
        lock: which one.
        max_wait_seconds: how long to wait for another session.

    Raises:
        LockNotAcquired: another session held the lock all the time.
    """
    (before,) = connection.execute("SELECT current_setting('lock_timeout')").fetchone() or ("0",)
    _set_lock_timeout(connection, f"{max(round(max_wait_seconds * 1000), 1)}ms")
    try:
        connection.execute("SELECT pg_advisory_lock(%s)", (lock.value,))
    except psycopg.errors.LockNotAvailable as error:
        raise LockNotAcquired(
            f"the lock {lock.name} is held by {describe_holder(connection, lock)}. Waited {max_wait_seconds:g} s: "
            "let that process end, or stop it, and try again"
        ) from error
    finally:
        _set_lock_timeout(connection, before)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (lock.value,))


def try_lock(connection: psycopg.Connection[Any], lock: Lock) -> bool:
    """Take a lock until the session ends, if no other session holds it; whether it was taken."""
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (lock.value,)).fetchone()
    return row == (True,)


def is_held(connection: psycopg.Connection[Any], lock: Lock) -> bool:
    """Whether any session holds a lock of this database now."""
    return connection.execute(query("advisory_lock_holder"), {"key": lock.value}).fetchone() is not None


def lock_partition(connection: psycopg.Connection[Any], table: str, name: str) -> None:
    """Wait for, and hold until the transaction ends, the right to write a partition of a table.

    The wait has no limit of its own: a backfill may hold a day for minutes.

    Args:
        connection: inside a transaction.
        table: schema-qualified name.
        name: the partition's key.

    Raises:
        WriteRefused: no transaction is open, or the table's name has no schema.
    """
    require_transaction(connection)
    # Hashed to 64 bits; a partition that shares another's hash waits for it needlessly, and nothing else happens.
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(%s || chr(31) || %s, 0))", (".".join(split_name(table)), name)
    )


def lock_days(connection: psycopg.Connection[Any], table: str, first: date, last: date) -> None:
    """Hold the partition lock of every day from `first` to `last`, both included, until the transaction ends.

    Taken in the order of days, so that two ranges that overlap cannot wait for each other.
    """
    connection.execute(query("lock_days"), {"table": table, "first": first, "last": last}).fetchall()


def describe_holder(connection: psycopg.Connection[Any], lock: Lock) -> str:
    """The session that holds a lock: its application name, server process and start."""
    row = connection.execute(query("advisory_lock_holder"), {"key": lock.value}).fetchone()
    if row is None:
        return "a session that has just released it"
    application, pid, address, since = row
    return f"{application or 'an unnamed session'} (pid {pid}, client {address}, connected {since:%Y-%m-%d %H:%M} UTC)"


def _set_lock_timeout(connection: psycopg.Connection[Any], value: str) -> None:
    if not connection.closed:
        connection.execute(sql.SQL("SET lock_timeout = {}").format(sql.Literal(value)))
