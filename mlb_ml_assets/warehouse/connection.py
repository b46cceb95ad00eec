"""Connections to the database.

Belongs here: opening one connection, with the settings that every session of ours relies on.
Not here: settings of the project, pools, transactions (the caller's `with connection.transaction()`).
"""

import select
import time
from contextlib import closing
from typing import Any, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import ExecStatus, TransactionStatus

from mlb_ml_assets.warehouse.errors import WarehouseError, WriteRefused

# What statements, COPY and the reading of catalog text rely on, whatever database, role or client set. Extension
# functions and the trigger functions of other programs are found in public; ours are called with their schema.
SESSION_SETTINGS: Final = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, MDY",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",
    "quote_all_identifiers": "off",
    "bytea_output": "hex",
    "client_encoding": "UTF8",
    "standard_conforming_strings": "on",
    "transform_null_equals": "off",
    "search_path": "mlb_ml, public",
    # A server's own default, 4, is that of a disk that turns: with it a day's quotes, lines and bets were read by whole
    # tables, twice as many pages in twice as many seasons.
    "random_page_cost": "1.1",
}
# A free server connection answers at once; a pool without one may queue a statement for minutes.
_PROBE_SECONDS: Final = 5.0

_not_pooled_by_transaction: set[str] = set()


class DatabaseUnreachable(WarehouseError, ConnectionError):
    """The server does not answer, or refuses us."""


class TransactionPooling(WarehouseError, RuntimeError):
    """A pooler between us and the server gives every transaction another session."""


def session_parameters(application_name: str) -> dict[str, Any]:
    """Connection parameters of every session, in a pool or not; `prepare_session` completes them."""
    return {"application_name": application_name[:63], "autocommit": True}


def prepare_session(connection: psycopg.Connection[Any]) -> None:
    """Set what every session relies on. Takes one round trip; the connection must be in autocommit mode.

    The settings are no startup options: poolers ignore or refuse these.

    Raises:
        TransactionPooling: a pooler gives every transaction another session, which loses settings and locks.
    """
    row = connection.execute(
        "SELECT pg_backend_pid(), count(set_config(s.name, s.value, FALSE)) "
        "FROM unnest(%s::TEXT[], %s::TEXT[]) AS s (name, value)",
        (list(SESSION_SETTINGS), list(SESSION_SETTINGS.values())),
    ).fetchone()
    assert row is not None
    _refuse_transaction_pooling(connection, row[0])


def connect(dsn: str, application_name: str = "mlb_ml", *, autocommit: bool = False) -> psycopg.Connection:
    """One connection with the settings of every session; instants are returned in UTC.

    Args:
        dsn: libpq connection string.
        application_name: who we are in pg_stat_activity.
        autocommit: a statement outside `with connection.transaction()` is committed by itself. Without it a first
            SELECT opens a transaction that lasts until the connection's own block ends, also around later
            transaction() blocks.

    Raises:
        DatabaseUnreachable: with the address (never the password) and the server's reason.
        TransactionPooling: a pooler in between gives every transaction another session.
    """
    try:
        connection = psycopg.connect(dsn, **session_parameters(application_name))
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(f"no connection to database {_address(dsn)}: {error}".strip()) from error
    try:
        prepare_session(connection)
    except psycopg.OperationalError as error:
        connection.close()
        raise DatabaseUnreachable(f"lost the connection to database {_address(dsn)}: {error}".strip()) from error
    except BaseException:
        connection.close()
        raise
    connection.autocommit = autocommit
    return connection


def require_transaction(connection: psycopg.Connection[Any]) -> None:
    """Refuse a connection on which every statement would be committed by itself.

    Raises:
        WriteRefused: no transaction is open.
    """
    if connection.autocommit and connection.info.transaction_status == TransactionStatus.IDLE:
        raise WriteRefused("no transaction is open: a lock or a half-written partition would not last; use partition()")


def _address(dsn: str) -> str:
    parts = conninfo_to_dict(dsn)
    return f"{parts.get('dbname')} at {parts.get('host')}:{parts.get('port', 5432)} as {parts.get('user')}"


def _refuse_transaction_pooling(connection: psycopg.Connection[Any], process: int) -> None:
    """Raise where a second client is served by the server process that this idle one should have for itself.

    A pooler that takes its server connections in turn gives this client another one instead. Checked once per address:
    with session pooling, or without a pooler, this client keeps its process and the second one has another.
    """
    address = _address(connection.info.dsn)
    if address in _not_pooled_by_transaction:
        return
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    if row != (process,) or _process_of_second_session(connection) == process:
        raise TransactionPooling(
            f"database {address} is behind a pooler in transaction mode, in which settings and locks do not last: "
            "connect to the server itself, or set the pooler to session pooling (pgbouncer: pool_mode = session)"
        )
    _not_pooled_by_transaction.add(address)


def _process_of_second_session(connection: psycopg.Connection[Any]) -> int | None:
    """The server process behind another connection to the same address; None where it does not answer in time."""
    password = {"password": connection.info.password} if connection.info.password else {}
    try:
        second = psycopg.connect(make_conninfo(connection.info.dsn, **password), autocommit=True)
    except psycopg.OperationalError:
        return None
    with closing(second):
        second.pgconn.send_query(b"SELECT pg_backend_pid()")
        deadline = time.monotonic() + _PROBE_SECONDS
        while second.pgconn.is_busy():
            if not select.select([second.pgconn.socket], [], [], max(deadline - time.monotonic(), 0))[0]:
                return None
            second.pgconn.consume_input()
        result = second.pgconn.get_result()
        value = result.get_value(0, 0) if result is not None and result.status == ExecStatus.TUPLES_OK else None
        return None if value is None else int(value)
