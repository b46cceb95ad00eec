"""Two daemons on one instance, and a daemon whose run is killed.

Belongs here: real daemons with the code location, the runs that they start.
Not here: single ticks of the sensor (automation/test_odds_sensor.py).
"""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mlb_ml_assets.stack.environment import dagster_home
from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.drills.world import broken, environment_of, wait_for
from mlb_ml_assets_tests.drills.writers import CHAIN

pytestmark = [pytest.mark.long, pytest.mark.by_hand]

RUNS = """
    SELECT r.run_id, r.status, MAX(t.value) FILTER (WHERE t.key = 'dagster/partition'),
        MAX(t.value) FILTER (WHERE t.key = 'dagster/run_key')
    FROM dagster.runs AS r JOIN dagster.run_tags AS t USING (run_id)
    WHERE r.pipeline_name = 'slate' GROUP BY 1, 2, r.id ORDER BY r.id
"""
TICKED = "SELECT COUNT(*) > 0 FROM dagster.job_ticks WHERE status IN ('SKIPPED', 'SUCCESS')"
LOCKED = """
    SELECT COUNT(*) = 1 FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND a.application_name = 'mlb_ml:daemon'
"""
MOVE = """
    UPDATE staging.action_network_odds_historical SET odds = odds - 7
    WHERE is_current_odds AND odds < -110 AND external_game_id IN (
        SELECT i.source_game_id FROM curated.game_identity AS i JOIN curated.enhanced_games AS g ON g.id = i.game_id
        WHERE i.source = 'action_network' AND g.game_date = '2024-05-10' ORDER BY 1 LIMIT 3)
"""


@pytest.fixture
def world(database_server, before_writer, tmp_path):
    """The live day with games, before its prices are lines; two daemons' common instance."""
    (writer,) = (each for each in CHAIN if each.name == "market_lines")
    yield from _fresh(database_server, before_writer(writer), tmp_path)


@pytest.fixture
def start_daemon(world, tmp_path):
    """Start one more daemon; all are ended afterwards, with what they started."""
    started: list[subprocess.Popen] = []
    environment = environment_of(
        {
            **world.environment,
            "DAGSTER_HOME": str(dagster_home(world.settings)),
            "MLB_ML_AUTOMATION": "on",
            "PYTHONUNBUFFERED": "1",
        }
    )

    def start() -> tuple[subprocess.Popen, Path]:
        log = tmp_path / f"daemon{len(started)}.txt"
        with log.open("wb") as out:
            command = [sys.executable, "-m", "mlb_ml_assets.stack.daemon", "-m", "mlb_ml_assets.definitions"]
            started.append(subprocess.Popen(command, env=environment, cwd=tmp_path, stdout=out, stderr=out))
        return started[-1], log

    yield start
    for process in started:
        family = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        for each in (*family, process):
            if each is not process or process.poll() is None:
                each.kill()
        process.wait()
    for log in tmp_path.glob("daemon*.txt"):
        # Shown where the drill failed.
        print(log.name, log.read_text()[-4000:])


def test_two_daemons_act_as_one_and_the_second_takes_over(world, start_daemon, outcome):
    """Somebody starts the stack a second time, in a container or at a second desk."""
    first, _ = start_daemon()
    with world.connect() as connection:
        wait_for("the first daemon has the lock", lambda: connection.execute(LOCKED).fetchone()[0])
        _, log = start_daemon()
        wait_for("the second daemon stands by", lambda: "standing by" in log.read_text())
        # A sensor without a cursor begins at now: what was there before is the morning run's.
        wait_for("the sensor's first tick", lambda: connection.execute(TICKED).fetchone()[0])
        connection.execute(MOVE)
        one = wait_for("a run for the new quotes", lambda: settled(connection, 1), 180)
        connection.execute(MOVE)
        wait_for("another run for newer quotes", lambda: settled(connection, len(one) + 1), 120)
        os.kill(first.pid, signal.SIGKILL)
        wait_for("the second daemon takes over", lambda: "taking over" in log.read_text(), 60)
        connection.execute(MOVE)
        runs = wait_for("a run of the second daemon", lambda: settled(connection, len(one) + 2), 180)
        keys = [(day, key) for _, _, day, key in runs]
        assert len(set(keys)) == len(keys), "one request, two runs"
        assert {status for _, status, _, _ in runs} == {"SUCCESS"}
        assert broken(connection, healed=False) == []
    outcome("two daemons at once, the first killed", f"{len(runs)} runs, none twice; the second took over")


def test_a_killed_run_of_the_daemon_is_run_again_by_itself(world, start_daemon, outcome):
    """The machine takes the run's process for memory; nobody is there to press a button."""
    start_daemon()
    with world.connect() as connection:
        wait_for("the sensor's first tick", lambda: connection.execute(TICKED).fetchone()[0])
        connection.execute(MOVE)
        process = wait_for("a run's process", lambda: run_process(connection), 180)
        wait_for("it writes", lambda: writes(connection) or not process.is_running(), 120)
        process.kill()
        runs = wait_for("a run that succeeds", lambda: retried(connection), 400)
        assert "FAILURE" in [status for _, status, _, _ in runs]
        assert connection.execute(
            "SELECT COUNT(*) > 0 FROM curated.ml_recommendations AS r JOIN curated.enhanced_games AS g"
            " ON g.id = r.game_id WHERE g.game_date = '2024-05-10'"
        ).fetchone() == (True,)
        assert broken(connection, healed=False) == []
    outcome("SIGKILL of a run of the daemon's", "found dead and run again by the daemon, without a hand")


def settled(connection, least: int) -> list[tuple]:
    """The runs of the slate, when there are so many and all have ended."""
    runs = connection.execute(RUNS).fetchall()
    ended = all(status in ("SUCCESS", "FAILURE", "CANCELED") for _, status, _, _ in runs)
    return runs if len(runs) >= least and ended else []


def retried(connection) -> list[tuple]:
    runs = connection.execute(RUNS).fetchall()
    return runs if any(status == "SUCCESS" for _, status, _, _ in runs) else []


def run_process(connection) -> psutil.Process | None:
    """The process of a run that has begun, as Dagster's own log of the run names it."""
    reported = connection.execute(
        "SELECT substring(l.event FROM 'Started process for run \\(pid: ([0-9]+)\\)')::INTEGER AS pid"
        " FROM dagster.event_logs AS l JOIN dagster.runs AS r USING (run_id)"
        " WHERE r.pipeline_name = 'slate' AND l.event LIKE '%%Started process for run%%' ORDER BY l.id DESC LIMIT 1"
    ).fetchone()
    return psutil.Process(reported[0]) if reported else None


def writes(connection) -> bool:
    return connection.execute(
        "SELECT COUNT(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND application_name ~"
        " 'mlb_ml:(market_lines|ml_feature|ml_pred|ml_rec)'"
    ).fetchone()[0]
