"""The process that stays: its lock, what it does when the database goes, and when a pricing fails.

Belongs here: resident pricers in threads on a live day; the odds sensor beside one.
Not here: what a pricing stores (test_pricing.py), kills (drills/test_killed_pricer.py).
"""

import threading
import time
from contextlib import contextmanager
from datetime import timedelta

import dagster as dg
import pytest

from mlb_ml_assets.automation.odds_sensor import new_odds
from mlb_ml_assets.definitions import build_definitions
from mlb_ml_assets.live import resident
from mlb_ml_assets.live.pricing import Pricer
from mlb_ml_assets.live.resident import APPLICATION_NAME, ResidentPricer
from mlb_ml_assets.resources.postgres import PostgresResource
from mlb_ml_assets.warehouse.arrivals import read_waiting
from mlb_ml_assets.warehouse.locks import Lock, is_held
from mlb_ml_assets_tests.chain import LEAGUE, at, rows_of
from mlb_ml_assets_tests.live.conftest import MORNING, listings, move, price_what_waits

VECTORS = """
    SELECT v.id FROM curated.ml_feature_vectors AS v JOIN curated.enhanced_games AS g ON g.id = v.game_id
    WHERE g.game_date = %s
"""
PRICED_AT = "SELECT COUNT(*) FROM curated.ml_predictions WHERE prediction_timestamp = %s"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Waits of a test's length."""
    monkeypatch.setattr(resident, "POLL_SECONDS", 0.02)
    monkeypatch.setattr(resident, "STANDBY_SECONDS", 0.05)


class Resident:
    """A resident pricer in a thread, and what it reported."""

    def __init__(self, settings):
        self.stopped, self.pricings = threading.Event(), []
        self.pricer = ResidentPricer(settings, self.pricings.append, self.stopped)
        self.thread = threading.Thread(target=self.pricer.run)
        self.thread.start()

    def stop(self):
        self.stopped.set()
        self.thread.join(60)
        assert not self.thread.is_alive()

    def await_quiet(self, connection):
        """Wait until it has priced once, and everything that has arrived."""
        wait_until(lambda: self.pricings and not read_waiting(connection).games)


@contextmanager
def running(settings):
    one = Resident(settings)
    try:
        yield one
    finally:
        one.stop()


def wait_until(holds):
    """Wait for a condition; whoever waits a minute waits in vain."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def sessions(connection):
    return [
        pid for (pid,) in rows_of(
            connection,
            "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()",
            APPLICATION_NAME,
        )
    ]  # fmt: skip


@pytest.fixture
def connection(live):
    with at(MORNING.isoformat()), live.connect() as connection:
        yield connection


def test_committed_prices_are_priced_without_any_run(live, connection):
    """A tick, a queue and a process are between the price and its stake otherwise."""
    with running(live.settings) as one:
        one.await_quiet(connection)
        for minute in (5, 10):
            instant = MORNING + timedelta(minutes=minute)
            with at(instant.isoformat()):
                move(connection, listings(connection)[-2:], instant)
                one.await_quiet(connection)
                assert rows_of(connection, PRICED_AT, instant) == [(2,)]
    assert one.pricings[0].is_full
    assert not any(pricing.is_full for pricing in one.pricings[1:])


def test_a_second_pricer_waits_and_takes_over(live, connection):
    """Two at once would do everything twice, and the later would wait for the earlier at every lock."""
    with running(live.settings) as first:
        first.await_quiet(connection)
        with running(live.settings) as second:
            wait_until(lambda: len(sessions(connection)) == 2)
            move(connection, listings(connection)[:1], MORNING - timedelta(seconds=1))
            first.await_quiet(connection)
            assert second.pricings == []
            first.stop()
            move(connection, listings(connection)[1:2], MORNING - timedelta(seconds=1))
            second.await_quiet(connection)


def test_a_lost_database_is_waited_for(live, connection):
    """A restart of the server takes seconds; a pricer that ends or hangs at it takes until somebody looks."""
    with running(live.settings) as one:
        one.await_quiet(connection)
        for pid in sessions(connection):
            connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
        move(connection, listings(connection)[:1], MORNING - timedelta(seconds=1))
        # A new session, which knows nothing of before.
        wait_until(lambda: sum(pricing.is_full for pricing in one.pricings) == 2)
        one.await_quiet(connection)
    wait_until(lambda: sessions(connection) == [])


def test_a_clock_that_steps_decides_nothing_of_the_future(live, connection):
    """A decision stamped ahead of the clock would be the newest until the clock is past it."""
    ahead, back = MORNING + timedelta(minutes=30), MORNING - timedelta(hours=1)
    with running(live.settings) as one:
        one.await_quiet(connection)
        move(connection, listings(connection)[-1:], ahead)
        one.await_quiet(connection)
        assert rows_of(connection, PRICED_AT, ahead) == [(0,)]
        with at(back.isoformat()):
            move(connection, listings(connection)[-1:], back)
            one.await_quiet(connection)
        later = ahead + timedelta(seconds=1)
        with at(later.isoformat()):
            move(connection, listings(connection)[-1:], later)
            one.await_quiet(connection)
            assert rows_of(connection, PRICED_AT, later) == [(1,)]


def test_a_pricing_that_fails_leaves_the_quotes_and_then_the_day_to_the_sensor(live, connection, monkeypatch):
    """A pricer that fails for ever at one price would hold the lock that keeps the sensor, and its alerts, away."""
    monkeypatch.setattr(Pricer, "price", lambda *_: 1 / 0)
    monkeypatch.setattr(resident, "FIRST_PAUSE_SECONDS", 0.01)
    waiting = read_waiting(connection).games
    assert waiting
    with running(live.settings) as one:
        wait_until(lambda: sessions(connection))
        wait_until(lambda: not is_held(connection, Lock.PRICER))
        assert one.pricings == []
        assert read_waiting(connection).games == waiting


def test_the_sensor_is_idle_while_a_pricer_is_there_and_goes_on_where_it_ended(live, connection):
    """Both would price each quote; and a sensor whose cursor moved on would lose what a dead pricer left."""

    def tick(cursor):
        context = dg.build_sensor_context(
            instance=dg.DagsterInstance.ephemeral(),
            cursor=cursor,
            resources={"postgres": PostgresResource()},
            definitions=build_definitions(),
        )
        return new_odds.evaluate_tick(context)

    with running(live.settings) as one:
        one.await_quiet(connection)
        idle = tick(None)
        assert (idle.run_requests, idle.skip_message) == ([], "a resident pricer prices what arrives")
    move(connection, listings(connection)[:1], MORNING - timedelta(seconds=1))
    (request,) = tick(idle.cursor).run_requests
    assert request.partition_key == LEAGUE.today.isoformat()


def test_a_pricing_that_is_cut_off_loses_no_quote(live, connection, pricer, monkeypatch):
    """Taken from the log in a transaction of its own, a price would be gone before its stake is stored."""
    waiting = read_waiting(connection)
    with monkeypatch.context() as patch:
        patch.setattr("mlb_ml_assets.live.pricing.recommend_days", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            pricer.price(waiting)
    assert read_waiting(connection) == waiting
    assert rows_of(connection, VECTORS, LEAGUE.today) == []
    price_what_waits(pricer)
    assert rows_of(connection, VECTORS, LEAGUE.today) != []
    assert read_waiting(connection).games == ()
