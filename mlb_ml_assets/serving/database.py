"""The API's connections: a small read-only pool that recovers when the server goes away.

Belongs here: borrowing a connection for one unit of reading, and naming what went wrong.
Not here: queries (warehouse/).
"""

from collections.abc import Callable
from typing import Any, TypeVar

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from mlb_ml_assets.warehouse.api_reads import take_api_role
from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect, prepare_session, session_parameters
from mlb_ml_assets.warehouse.settings import API_ROLE, DatabaseSettings

Result = TypeVar("Result")
_APPLICATION = "mlb_ml:api"
_MAX_WAIT_SECONDS = 5.0
_NOT_MIGRATED = (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedFunction)
# The pool cannot distinguish a busy pool from an absent server: after this wait one connection of our own finds out.
_PROBE_AFTER_SECONDS = 0.5


class DatabaseGone(ConnectionError):
    """The database does not answer; the next request tries again."""


class DatabaseBusy(TimeoutError):
    """Every connection is in use, or a statement exceeded its time limit."""


class NotMigrated(LookupError):
    """The database answers, but lacks a table, column or function of ours."""


class ReadDatabase:
    """At most `connections` sessions that cannot write, lent for one unit of reading each. Thread-safe.

    Args:
        connections: maximum number of open sessions.
        statement_timeout_ms: time limit of every statement.
        dsn: where the database is, evaluated for every new session.
    """

    def __init__(
        self,
        connections: int,
        statement_timeout_ms: int,
        dsn: Callable[[], str] = lambda: DatabaseSettings.from_environment().log_in_as(API_ROLE).dsn,
    ) -> None:
        self._dsn = dsn
        self._statement_timeout_ms = statement_timeout_ms
        self._pool: ConnectionPool[psycopg.Connection[Any]] = ConnectionPool(
            dsn, min_size=0, max_size=connections, open=False, configure=self._configure,
            check=ConnectionPool.check_connection, kwargs=session_parameters(_APPLICATION),
            # Waiting requests start new attempts; an attempt that goes on by itself would delay them.
            reconnect_timeout=0.0, num_workers=1, name=_APPLICATION,
        )  # fmt: skip

    def read(self, unit: Callable[[psycopg.Connection[Any]], Result]) -> Result:
        """The result of `unit`, run in one read-only snapshot of the database.

        Raises:
            DatabaseGone: the server does not answer, or went away.
            DatabaseBusy: no free session, or a statement exceeded its time limit.
            NotMigrated: a table, column or function is missing.
        """
        connection = self._borrow()
        try:
            with connection.transaction():
                return unit(connection)
        except psycopg.errors.QueryCanceled as error:
            raise DatabaseBusy(f"a query took longer than {self._statement_timeout_ms} ms") from error
        except _NOT_MIGRATED as error:
            raise NotMigrated("the database lacks tables of this version: run mlb-ml migrate") from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise DatabaseGone("the database went away") from error
        finally:
            self._pool.putconn(connection)

    def close(self) -> None:
        """Close every session."""
        self._pool.close()

    def _borrow(self) -> psycopg.Connection[Any]:
        if self._pool.closed:
            self._pool.open()
        try:
            return self._pool.getconn(_PROBE_AFTER_SECONDS)
        except PoolTimeout:
            self._probe()
        try:
            return self._pool.getconn(_MAX_WAIT_SECONDS - _PROBE_AFTER_SECONDS)
        except PoolTimeout as error:
            raise DatabaseBusy("every database connection of the API is in use") from error

    def _probe(self) -> None:
        try:
            connect(self._dsn(), _APPLICATION).close()
        except DatabaseUnreachable as error:
            raise DatabaseGone("the database does not answer") from error

    def _configure(self, connection: psycopg.Connection[Any]) -> None:
        prepare_session(connection)
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        take_api_role(connection, self._statement_timeout_ms)
