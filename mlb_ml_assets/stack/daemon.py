"""Dagster's daemon, one at a time on a database.

Belongs here: the lock that a daemon holds for as long as it runs, and starting Dagster's own command under it.
Not here: schedules and sensors (automation/), which processes a stack has (service_list).

Dagster does not support two daemons on one instance and does not prevent them either: both evaluate a sensor, both take
a run out of the queue, and a day is priced twice at once. A second daemon of ours stands by, and takes over when the
first ends.
"""

import os
import signal
import sys
import threading
import time

import psycopg

from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.locks import Lock, try_lock
from mlb_ml_assets.warehouse.settings import DatabaseSettings

_SECONDS_BETWEEN_LOOKS = 2.0
# A restart of PostgreSQL; after that a standing-by daemon may have the lock.
_SECONDS_TO_RETURN = 120.0


class DaemonLock:
    """The right to be the daemon of this database: an advisory lock of a session of its own."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.settings = settings
        self._connection: psycopg.Connection | None = None

    def wait(self) -> None:
        """Stand by until no other daemon runs on the database."""
        if not self._try():
            _say("another daemon runs on this database: standing by to take over")
            while not self._try():
                time.sleep(_SECONDS_BETWEEN_LOOKS)
            _say("taking over")

    def keep(self) -> None:
        """Hold on to the lock, and return when another daemon has it: a restarted server forgets who held it."""
        while self._holds() or self._regain():
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def _holds(self) -> bool:
        assert self._connection is not None
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def _regain(self) -> bool:
        deadline = time.monotonic() + _SECONDS_TO_RETURN
        while time.monotonic() < deadline:
            try:
                return self._try()
            except DatabaseUnreachable:
                time.sleep(_SECONDS_BETWEEN_LOOKS)
        return False

    def _try(self) -> bool:
        connection = connect(self.settings.dsn, "mlb_ml:daemon", autocommit=True)
        if not try_lock(connection, Lock.DAEMON):
            connection.close()
            return False
        self._connection = connection
        return True


def _say(what: str) -> None:
    sys.stderr.write(f"{what}\n")
    sys.stderr.flush()


def _stop_without(lock: DaemonLock) -> None:
    lock.keep()
    _say("another daemon has taken this database over: stopping")
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: list[str]) -> None:
    """`dagster-daemon run` with these options, as soon as no other daemon runs on the project's database."""
    lock = DaemonLock(ensure_database())
    lock.wait()
    threading.Thread(target=_stop_without, args=(lock,), name="daemon lock", daemon=True).start()
    from dagster._daemon.cli import main as dagster_daemon

    sys.argv = ["dagster-daemon", "run", *arguments]
    dagster_daemon()


if __name__ == "__main__":
    main(sys.argv[1:])
