"""The process that stays: one pricer at a time on a database, polling what arrived.

Belongs here: the lock, the polls, what happens after an error, the end.
Not here: one pricing (pricing.py), reporting to Dagster (reports.py).
"""

import gc
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime

import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.live.pricing import Pricer, Pricing
from mlb_ml_assets.warehouse.arrivals import read_due_decisions, read_waiting
from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.locks import Lock, try_lock
from mlb_ml_assets.warehouse.settings import DatabaseSettings

# A poll is one query of a millisecond. Notices instead (LISTEN) were lost while a pricing ran.
POLL_SECONDS = 0.1
STANDBY_SECONDS = 1.0
# A statement that takes longer is canceled, as in asset runs.
STATEMENT_SECONDS = 600
# After so many errors in a row the sensor gets the day for a while: its runs are retried, and their failure alerts.
FAILURES, AWAY_SECONDS = 3, 60.0
# After an error, doubled with each further one.
FIRST_PAUSE_SECONDS = 2.0
APPLICATION_NAME = "mlb_ml:pricer"

Report = Callable[[Pricing], None]


class ResidentPricer:
    """Prices what arrives until it is stopped.

    Args:
        settings: of the database.
        report: takes every pricing after its commit; must not wait.
        stopped: set to end after the pricing in progress.
        beat: called whenever a loop goes round, priced or not.
    """

    def __init__(
        self,
        settings: DatabaseSettings,
        report: Report,
        stopped: threading.Event,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._settings = settings
        self._beat = beat
        self._report = report
        self._stopped = stopped
        self._failures = 0

    def run(self) -> None:
        """Price until stopped; wait while the database is unreachable or another pricer runs."""
        while not self._stopped.is_set():
            self._beat()
            try:
                with connect(self._settings.dsn, APPLICATION_NAME, autocommit=True) as connection:
                    # The lock is of the session that writes: whoever loses one has lost the other.
                    if self._await_lock(connection):
                        self._price(connection)
            except (psycopg.OperationalError, DatabaseUnreachable) as error:
                _say(f"the database is gone, or broke off: {error}".strip())
                self._stopped.wait(STANDBY_SECONDS)
            if self._failures >= FAILURES:
                _say(f"{self._failures} errors in a row: the odds sensor has the day for {AWAY_SECONDS:g} s")
                self._failures = 0
                self._stopped.wait(AWAY_SECONDS)

    def _await_lock(self, connection: psycopg.Connection) -> bool:
        """Wait while another pricer holds the lock; False if stopped meanwhile."""
        has_said = False
        while not self._stopped.is_set():
            self._beat()
            if try_lock(connection, Lock.PRICER):
                _say("pricing")
                return True
            if not has_said:
                _say("another pricer runs on this database: waiting to take over")
                has_said = True
            self._stopped.wait(STANDBY_SECONDS)
        return False

    def _price(self, connection: psycopg.Connection) -> None:
        """Poll and price on one session, until stopped or until too many pricings failed."""
        connection.execute("SELECT set_config('statement_timeout', %s, FALSE)", (f"{STATEMENT_SECONDS}s",))
        pricer, looked_until, is_frozen = Pricer(connection), present(), False
        while not self._stopped.is_set() and self._failures < FAILURES:
            self._beat()
            waiting = read_waiting(connection)
            now = present()
            if pricer.has_work(waiting) or _has_due_decisions(connection, looked_until, now):
                try:
                    pricing = pricer.price(waiting)
                except psycopg.OperationalError:
                    raise
                except Exception:  # noqa: BLE001
                    # Nothing was stored, and the quotes still wait. Shown whole: it will be asked about.
                    self._failures += 1
                    _say(traceback.format_exc())
                    self._stopped.wait(FIRST_PAUSE_SECONDS * 2 ** (self._failures - 1))
                    continue
                self._failures = 0
                _say(describe(pricing))
                self._report(pricing)
                if not is_frozen:
                    # Modules, models and the day's state stay: looking through them for garbage took 50 to 100 ms of
                    # every sixth pricing. Once, so that cycles of later days are still found.
                    gc.collect()
                    gc.freeze()
                    is_frozen = True
            looked_until = now
            self._stopped.wait(POLL_SECONDS)


def describe(pricing: Pricing) -> str:
    """One line for the log."""
    parts = ", ".join(f"{name.rsplit('/')[-1]} {spent:.0f}" for name, spent in pricing.milliseconds.items())
    extent = "every game" if pricing.is_full else "games that moved"
    broken = [check.promise.name for check in pricing.checks if check.stops]
    end = f"; stopped by {', '.join(broken)}" if broken else ""
    return f"{pricing.day}: {pricing.quotes} quotes, {extent}; ms: {parts}{end}"


def _has_due_decisions(connection: psycopg.Connection, since: datetime, until: datetime) -> bool:
    """Whether a first decision came due by waiting, without a new quote."""
    return since < until and bool(read_due_decisions(connection, since, until))


def _say(line: str) -> None:
    sys.stderr.write(f"{present():%Y-%m-%d %H:%M:%S} {line}\n")
    sys.stderr.flush()
