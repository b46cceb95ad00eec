"""The odds sensor as the daemon runs it: ticks on a real instance, rows from outside connections.

Belongs here: what a tick requests, given commits, ends of runs and the cursor before.
Not here: the state machine alone (test_odds_state.py), the poll alone (test_arrivals.py).
"""

import json

import dagster as dg
import pytest
from dagster._utils.tags import TagConcurrencyLimitsCounter

from mlb_ml_assets.automation.odds_sensor import DAYS_PER_TICK, new_odds
from mlb_ml_assets.definitions import build_definitions
from mlb_ml_assets.flows.odds_state import TRIES
from mlb_ml_assets.resources.postgres import PostgresResource
from mlb_ml_assets_tests.automation.rows import Day


@pytest.fixture
def sensor(instance, runs, monkeypatch):
    """Ticks one after the other, on the cursor that the tick before left; `restart` is a daemon's restart."""
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", "2024-06-15T16:00:00+00:00")
    definitions = build_definitions()

    class Sensor:
        cursor = None

        def tick(self):
            context = dg.build_sensor_context(
                instance=instance,
                cursor=self.cursor,
                resources={"postgres": PostgresResource()},
                definitions=definitions,
            )
            data = new_odds.evaluate_tick(context)
            self.cursor, self.skipped = data.cursor, data.skip_message
            return data

        def days(self):
            """Days requested by one tick, whose runs are then queued."""
            data = self.tick()
            self.queued = runs.queue(data.run_requests)
            return sorted(self.queued)

    sensor = Sensor()
    assert sensor.days() == []
    return sensor


def test_one_run_a_day_and_data_version(sensor, collector, runs):
    """A run a row would queue hundreds; a run key used again is deduplicated by Dagster forever."""
    for event in ("615", "615", "614"):
        collector.quote(event)
    data = sensor.tick()
    assert sorted(request.partition_key for request in data.run_requests) == ["2024-06-14", "2024-06-15"]
    first = {request.run_key for request in data.run_requests}
    assert len(first) == 2
    for run in runs.queue(data.run_requests).values():
        runs.succeed(run)
    assert sensor.days() == []
    assert sensor.skipped == "no new quotes"
    collector.quote("615")
    (again,) = sensor.tick().run_requests
    assert again.partition_key == "2024-06-15"
    assert again.run_key not in first


def test_a_first_decision_that_has_waited_long_enough_is_priced(sensor, collector, runs, environment, monkeypatch):
    """No quote arrives at the end of the wait: without a look at the clock the game would wait for the next one."""
    collector.quote("615")
    for run in runs.queue(sensor.tick().run_requests).values():
        runs.succeed(run)
    with environment.connect() as connection:
        connection.execute(
            "INSERT INTO curated.game_openings (game_id, first_price_at, decided_at, books, waited_for) "
            "VALUES (%s, '2024-06-15 15:55+00', '2024-06-15 16:25+00', 1, 'time')",
            (Day(connection).game(),),
        )
    assert sensor.days() == []
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", "2024-06-15T16:25:00+00:00")
    (request,) = sensor.tick().run_requests
    assert request.partition_key == "2024-06-15"
    runs.succeed(runs.queue([request])["2024-06-15"])
    assert sensor.days() == []


def test_the_run_carries_its_day_for_the_queue(sensor, collector):
    """Without the tag the run queue cannot keep two runs of one day apart."""
    collector.quote("615")
    (request,) = sensor.tick().run_requests
    assert request.tags["mlb/game_date"] == request.partition_key == "2024-06-15"


def test_the_queue_holds_a_second_run_of_the_day(instance, sensor, collector):
    """The sensor's run and the morning's are of one day: interleaved, each reads half of the other's prices."""
    for event in ("615", "614"):
        collector.quote(event)
    sensor.days()
    limits = instance.get_concurrency_config().run_queue_config.tag_concurrency_limits
    queue = TagConcurrencyLimitsCounter(limits, list(sensor.queued.values()))
    again = dg.DagsterRun(job_name="slate", tags={"mlb/game_date": "2024-06-15"})
    assert queue.is_blocked(again)
    assert not queue.is_blocked(dg.DagsterRun(job_name="slate", tags={"mlb/game_date": "2024-06-13"}))


def test_rows_that_come_during_a_run_wait_for_its_end(sensor, collector, runs):
    """Collectors commit every few seconds: each commit must not start a run over the same games."""
    collector.quote("615")
    assert sensor.days() == ["2024-06-15"]
    run = sensor.queued["2024-06-15"]
    for _ in range(3):
        collector.quote("615")
        assert sensor.days() == []
    assert sensor.skipped == "running: 2024-06-15"
    runs.succeed(run)
    assert sensor.days() == ["2024-06-15"]
    runs.succeed(sensor.queued["2024-06-15"])
    assert sensor.days() == []


def test_a_quote_committed_late_is_priced(sensor, collector, environment, runs):
    """An id cursor moves past rows of a transaction that is still open, and never comes back for them."""
    with environment.connect(autocommit=False) as slow:
        collector.quote("615", connection=slow)
        collector.quote("614")
        assert sensor.days() == ["2024-06-14"]
        runs.succeed(sensor.queued["2024-06-14"])
        assert sensor.days() == []
        slow.commit()
    assert sensor.days() == ["2024-06-15"]


def test_an_aborted_collector_starts_nothing(sensor, collector, environment):
    """Rows that were rolled back are no prices."""
    with environment.connect(autocommit=False) as broken:
        collector.quote("615", connection=broken)
        broken.rollback()
    assert sensor.days() == []


def test_a_failed_run_is_retried_by_rule_then_by_the_next_data(sensor, collector, runs):
    """A cursor that has moved past a failed run's rows leaves the old stakes in effect until somebody looks."""
    collector.quote("615")
    keys = set()
    for _ in range(TRIES):
        assert sensor.days() == ["2024-06-15"]
        keys.add(sensor.queued["2024-06-15"].tags["dagster/run_key"])
        runs.fail(sensor.queued["2024-06-15"])
    assert len(keys) == TRIES
    assert sensor.days() == []
    assert sensor.skipped == "given up until new quotes come: 2024-06-15"
    collector.quote("615")
    assert sensor.days() == ["2024-06-15"]
    runs.succeed(sensor.queued["2024-06-15"])
    assert sensor.days() == []
    assert sensor.skipped == "no new quotes"


def test_a_run_that_a_person_cancelled_stays_cancelled(sensor, collector, runs):
    """Whoever cancels a run in the UI does not want it back after fifteen seconds; new quotes are another matter."""
    collector.quote("615")
    sensor.days()
    runs.cancel(sensor.queued["2024-06-15"])
    assert sensor.days() == []
    assert sensor.days() == []
    collector.quote("615")
    assert sensor.days() == ["2024-06-15"]


def test_a_retry_of_the_run_by_the_daemon_is_the_same_run(sensor, collector, runs, instance):
    """After a crash Dagster starts the run again under the same key: asking for a third would interleave with it."""
    collector.quote("615")
    sensor.days()
    crashed = sensor.queued["2024-06-15"]
    runs.fail(crashed)
    retried = instance.add_run(
        dg.DagsterRun(
            job_name="slate",
            parent_run_id=crashed.run_id,
            root_run_id=crashed.run_id,
            tags=dict(crashed.tags),
            status=dg.DagsterRunStatus.STARTED,
        )
    )
    assert sensor.days() == []
    assert sensor.skipped == "running: 2024-06-15"
    runs.succeed(retried)
    assert sensor.days() == []


def test_days_off_are_caught_up_a_few_a_tick_today_first(sensor, collector, runs):
    """A tick has a minute and the machine four runs: a week's backlog at once would starve today's price."""
    for day in range(5, 16):
        collector.quote(f"6{day:02d}")
    requested = []
    while days := sensor.days():
        assert len(days) <= DAYS_PER_TICK
        requested += days
        for run in sensor.queued.values():
            runs.succeed(run)
    assert requested[:3] == ["2024-06-13", "2024-06-14", "2024-06-15"]
    assert sorted(requested) == [f"2024-06-{day:02d}" for day in range(5, 16)]


def test_the_daemon_may_restart_at_any_tick(sensor, collector, runs):
    """What is not in the cursor is forgotten with the process: waiting days, running days, failures."""
    for day in range(10, 16):
        collector.quote(f"6{day:02d}")
    sensor.days()
    held = json.loads(sensor.cursor)
    assert set(held["waiting"]) == {"2024-06-10", "2024-06-11", "2024-06-12"}
    assert set(held["going"]) == {"2024-06-13", "2024-06-14", "2024-06-15"}
    for run in sensor.queued.values():
        runs.succeed(run)
    assert sensor.days() == ["2024-06-10", "2024-06-11", "2024-06-12"]


def test_a_tick_that_dies_before_its_cursor_is_kept_loses_nothing(sensor, collector):
    """The daemon may be killed between the poll and the write of the cursor; the same tick then runs again."""
    collector.quote("615")
    before = sensor.cursor
    lost = sensor.tick()
    sensor.cursor = before
    again = sensor.tick()
    assert [request.partition_key for request in again.run_requests] == ["2024-06-15"]
    assert len(lost.run_requests) == 1


def test_the_observed_table_shows_what_came(sensor, collector):
    """The tables that others fill have no run of ours: their only trace in the UI is this event."""
    collector.quote("615")
    collector.quote("615")
    (event,) = sensor.tick().asset_events
    assert event.asset_key == dg.AssetKey(["staging", "action_network_odds_historical"])
    assert event.partition == "2024-06-15"
    assert event.metadata["new quotes"].value == 2


def test_quotes_of_a_game_nobody_knows_are_counted_and_come_back_when_it_is_known(sensor, collector):
    """Odds are often listed before the schedule names the game; dropped here they would never be priced."""
    collector.quote("999")
    assert sensor.days() == []
    assert sensor.skipped == "1 new quotes of games that no schedule lists"
    with collector.database.connect() as connection:
        (game,) = connection.execute(
            """INSERT INTO curated.enhanced_games (home_team, away_team, game_date, game_datetime, season)
               VALUES ('BOS', 'NYY', '2024-06-12', '2024-06-12 23:05+00', 2024) RETURNING id"""
        ).fetchone()
        connection.execute(
            """INSERT INTO curated.game_identity (source, source_game_id, game_id, confidence, method, evidence)
               VALUES ('action_network', '999', %s, 1, 'test', '{}')""",
            [game],
        )
    assert sensor.days() == ["2024-06-12"]
