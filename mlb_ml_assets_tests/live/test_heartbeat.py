"""The pricer's sign of life.

Belongs here: the file, the check, a pricer that waits.
Not here: the lock (test_resident.py), the check in a container (deploy/test_services_of_compose.py).
"""

import threading
import time

import pytest

from mlb_ml_assets.live import heartbeat, resident
from mlb_ml_assets.live.heartbeat import LIMIT_SECONDS, Heartbeat, seconds_since_beat
from mlb_ml_assets.live.resident import STATEMENT_SECONDS, ResidentPricer
from mlb_ml_assets.warehouse.settings import DatabaseSettings


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MLB_ML_HOME", str(tmp_path))
    return tmp_path


def test_a_pricer_lives_while_its_loop_goes_round(home):
    """A check that always passes is none: one that hangs keeps its lock and its session."""
    assert heartbeat.main() == 1
    Heartbeat(home).beat()
    assert heartbeat.main() == 0
    (home / "run/pricer.heartbeat").write_text(f"{time.monotonic() - LIMIT_SECONDS - 1}")
    assert heartbeat.main() == 1
    assert LIMIT_SECONDS > STATEMENT_SECONDS


def test_the_reason_is_named(home, capsys):
    """`unhealthy` alone sends people to look for one."""
    heartbeat.main()
    assert "no pricer has started" in capsys.readouterr().err
    (home / "run").mkdir()
    (home / "run/pricer.heartbeat").write_text(f"{time.monotonic() - 1000}")
    heartbeat.main()
    assert "no sign of life for 1000 s, 660 allowed" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "yesterday"])
def test_a_broken_file_is_no_sign_of_life(home, text):
    """A full disk leaves an empty one."""
    (home / "run").mkdir()
    (home / "run/pricer.heartbeat").write_text(text)
    assert seconds_since_beat(home) is None


def test_a_step_of_the_clock_makes_no_pricer_look_dead(home, monkeypatch):
    """An engine would restart it, warm memory and all, at each correction of the time."""
    Heartbeat(home).beat()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    assert heartbeat.main() == 0


def test_a_pricer_without_a_database_lives(tmp_path, monkeypatch):
    """A restart would not bring the database back, and would cost what it keeps warm."""
    monkeypatch.setattr(resident, "STANDBY_SECONDS", 0.01)
    stopped, beats = threading.Event(), threading.Semaphore(0)
    nowhere = DatabaseSettings.from_environment({"POSTGRES_HOST": str(tmp_path), "MLB_ML_HOME": str(tmp_path)})
    pricer = ResidentPricer(nowhere, lambda pricing: None, stopped, beats.release)
    thread = threading.Thread(target=pricer.run)
    thread.start()
    assert all(beats.acquire(timeout=60) for _ in range(3))
    stopped.set()
    thread.join(60)
    assert not thread.is_alive()
