"""The API's connections: a few, read-only, replaced when the server goes away.

Belongs here: leasing a connection for one unit of reading, and recovering from a database that was gone.
Not here: queries (warehouse/), which program runs where.
"""

import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

import psycopg

from mlb_ml_assets.warehouse.api_reads import take_api_role
from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings

Result = TypeVar("Result")
_LEASE_SECONDS = 5.0


class DatabaseGone(ConnectionError):
    """The database does not answer; the next request tries again."""


class DatabaseBusy(TimeoutError):
    """Every connection is taken, or a statement took longer than it may."""


class NotMigrated(LookupError):
    """The database answers, but lacks a table of ours."""


class ReadDatabase:
    """At most `connections` sessions that cannot write, given out one unit of reading at a time. Thread-safe."""

    def __init__(
        self,
        connections: int,
        statement_timeout_ms: int,
        dsn: Callable[[], str] = lambda: DatabaseSettings.from_environment().dsn,
    ) -> None:
        self._dsn = dsn
        self._timeout = statement_timeout_ms
        self._free = threading.BoundedSemaphore(connections)
        # Last in, first out: the fewest sessions stay warm.
        self._idle: deque[psycopg.Connection[Any]] = deque()

    def read(self, unit: Callable[[psycopg.Connection[Any]], Result]) -> Result:
        """What `unit` returns, run in one read-only snapshot of the database.

        A session that died while it was idle is replaced and the unit run again, once.

        Raises:
            DatabaseGone: no server, or it went away twice.
            DatabaseBusy: no free session, or the statement timeout.
            NotMigrated: a table is missing.
        """
        if not self._free.acquire(timeout=_LEASE_SECONDS):
            raise DatabaseBusy("every database connection of the API is taken")
        try:
            reused = self._take()
            if reused is not None:
                try:
                    return self._run(reused, unit)
                except DatabaseGone:
                    self.close()
            return self._run(self._open(), unit)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close the idle sessions; later reads open new ones."""
        while (connection := self._take()) is not None:
            connection.close()

    def _take(self) -> psycopg.Connection[Any] | None:
        with suppress(IndexError):
            return self._idle.pop()
        return None

    def _run(self, connection: psycopg.Connection[Any], unit: Callable[[psycopg.Connection[Any]], Result]) -> Result:
        try:
            with connection.transaction():
                result = unit(connection)
        except psycopg.errors.QueryCanceled as error:
            self._idle.append(connection)
            raise DatabaseBusy(f"a query took longer than {self._timeout} ms") from error
        except psycopg.errors.UndefinedTable as error:
            self._idle.append(connection)
            raise NotMigrated("the database lacks tables of this program: run mlb-ml migrate") from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            connection.close()
            raise DatabaseGone("the database went away") from error
        except BaseException:
            if connection.closed:
                raise
            self._idle.append(connection)
            raise
        self._idle.append(connection)
        return result

    def _open(self) -> psycopg.Connection[Any]:
        try:
            connection = connect(self._dsn(), "mlb_ml:api", autocommit=True)
        except DatabaseUnreachable as error:
            raise DatabaseGone("the database does not answer") from error
        try:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            take_api_role(connection, self._timeout)
        except psycopg.OperationalError as error:
            connection.close()
            raise DatabaseGone("the database went away") from error
        return connection
