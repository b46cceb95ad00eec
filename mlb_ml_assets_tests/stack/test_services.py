"""up, down and status over small programs in place of the real ones.

Belongs here: supervision: order, healing, messages, what is left behind.
Not here: MLflow and Dagster themselves (test_real_stack).
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.stack.processes import ProcessIdentity
from mlb_ml_assets_tests.conftest import Database, free_ports

# Two services: one that listens and has a child of its own, one that only runs.
STACK = """
import os, sys, urllib.request
from mlb_ml_assets.stack import services
from mlb_ml_assets.stack.processes import PortInUse
from mlb_ml_assets.stack.state_file import StackRuns
services.FIRST_RESTART_SECONDS, services.LAST_RESTART_SECONDS = 0.1, 1.0
from mlb_ml_assets.stack.service_list import Service

LISTENS = '''
import http.server, os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
class Handler(http.server.SimpleHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(os.environ["WHO"].encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
'''

def declare(settings):
    port = int(os.environ["TOY_PORT"])
    def answers():
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=2).status == 200
        except OSError:
            return False
    environment = {**os.environ, "WHO": "toy"}
    web = (sys.executable, "-c", os.environ.get("TOY_PROGRAM") or LISTENS, str(port))
    quiet = (sys.executable, "-c", "import time; time.sleep(600)")
    return [
        Service("web", web, environment, answers, f"http://127.0.0.1:{port}", port, "TOY_PORT"),
        Service("quiet", quiet, environment, lambda: True, "(quiet)"),
    ]

def up(declare):
    services.up(declare=declare, follow=lambda stopped, say: (say("followed"), stopped.wait()))

try:
    result = {"up": up, "down": services.down, "status": services.status}[sys.argv[1]]
    sys.exit(result(declare=declare) if sys.argv[1] != "down" else result())
except (services.ServiceFailed, StackRuns, PortInUse) as error:
    sys.exit(str(error))
"""


class Toy:
    """A stack of toys over the test's database."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.script = folder / "toy_stack.py"
        self.script.write_text(textwrap.dedent(STACK))
        self.home = database.settings.home
        (self.port,) = free_ports(1)
        self.environment = {**os.environ, **database.environment, "TOY_PORT": str(self.port)}
        self.log = folder / "up.txt"
        self.supervisor: subprocess.Popen[bytes] | None = None

    def up(self, **environment: str) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as log:
            self.supervisor = subprocess.Popen(
                [sys.executable, self.script, "up"], env={**self.environment, **environment}, stdout=log, stderr=log,
                start_new_session=True,
                # Where the tests run as a script's background job, children would ignore Ctrl-C.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 (one thread here)
            )  # fmt: skip
        return self.supervisor

    def wait_ready(self) -> None:
        while "Ctrl-C stops" not in self.log.read_text():
            assert self.supervisor is not None
            assert self.supervisor.poll() is None, self.log.read_text()
            time.sleep(0.05)

    def command(self, name: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, self.script, name], env=self.environment, capture_output=True, text=True, check=False
        )

    def pids(self) -> list[int]:
        record = json.loads((self.home / "run" / "stack.json").read_text())
        leaders = [psutil.Process(each["pid"]) for each in record["services"].values()]
        return [each.pid for leader in leaders for each in (leader, *leader.children(recursive=True))]


@pytest.fixture
def toy(database, tmp_path) -> Iterator[Toy]:
    toy = Toy(database, tmp_path)
    yield toy
    if (toy.home / "run" / "stack.json").exists():
        toy.command("down")


def _gone(pids: list[int]) -> bool:
    return not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_stops_everything_that_up_started(toy, number):
    """Servers that go on answering on the port, with old code."""
    process = toy.up()
    toy.wait_ready()
    pids = toy.pids()
    assert len(pids) == 3
    process.send_signal(number)
    assert process.wait(timeout=60) == 0, toy.log.read_text()
    assert _gone(pids)
    assert not (toy.home / "run" / "stack.json").exists()
    assert toy.log.read_text().endswith("stopped\n")
    assert toy.log.read_text().count("followed\n") == 1


def test_down_stops_what_up_started_in_another_terminal(toy):
    """And says so; a second one says that nothing ran."""
    process = toy.up()
    toy.wait_ready()
    pids = toy.pids()
    assert toy.command("status").returncode == 0
    assert toy.command("down").stdout == "stopped\n"
    assert process.wait(timeout=60) == 0
    assert _gone(pids)
    assert toy.command("down").stdout == "nothing was running\n"
    status = toy.command("status")
    assert status.returncode == 3
    assert status.stdout.count("not running") == 2


def test_a_killed_up_is_healed_by_the_next(toy):
    """Its children live on and answer on the port; 'port in use' would be the only hint."""
    toy.up()
    toy.wait_ready()
    left = toy.pids()
    toy.supervisor.kill()
    toy.supervisor.wait()
    assert not _gone(left)
    toy.up()
    toy.wait_ready()
    assert "ended what an interrupted `mlb-ml up` had left running" in toy.log.read_text()
    assert _gone(left)
    assert not set(left) & set(toy.pids())


def test_down_after_a_kill_ends_the_orphans_too(toy):
    """There is no supervisor left to ask."""
    toy.up()
    toy.wait_ready()
    left = toy.pids()
    toy.supervisor.kill()
    toy.supervisor.wait()
    assert toy.command("down").stdout == "stopped\n"
    assert _gone(left)


def test_a_second_up_is_refused_and_harms_nothing(toy):
    """It would take the first one's children for leftovers."""
    toy.up()
    toy.wait_ready()
    pids = toy.pids()
    second = toy.command("up")
    assert second.returncode == 1
    assert f"runs already (pid {toy.supervisor.pid}): `mlb-ml down` stops it" in second.stderr
    assert toy.pids() == pids
    assert toy.command("status").returncode == 0


def test_a_port_in_use_is_named_with_what_to_set(toy):
    """'Address already in use' comes from deep inside a server, without the number."""
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", toy.port))
        stranger.listen()
        process = toy.up()
        assert process.wait(timeout=60) == 1
    text = toy.log.read_text()
    assert f"port {toy.port} for web is in use by" in text
    assert f"(pid {os.getpid()})" in text
    assert "set TOY_PORT to a free port" in text


def test_an_up_that_cannot_start_leaves_the_database_to_others(toy, tmp_path):
    """A port in use must not end the season that another command is computing."""
    home = Path(tempfile.mkdtemp(prefix="mlb_ml-"))
    home.chmod(0o755)
    server = EmbeddedServer(home)
    try:
        server.start({"shared_buffers": "16MB", "fsync": "off"})
        with socket.socket() as stranger:
            stranger.bind(("127.0.0.1", toy.port))
            stranger.listen()
            assert toy.up(POSTGRES_HOST="", MLB_ML_HOME=str(home)).wait(timeout=60) == 1
        assert "is in use by" in toy.log.read_text()
        assert server.process() is not None
    finally:
        server.stop()
        shutil.rmtree(home)


def test_a_service_that_does_not_start_shows_the_end_of_its_log(toy):
    """An exit code alone sends people to look for logs."""
    process = toy.up(TOY_PROGRAM="raise SystemExit('no such table: runs')")
    assert process.wait(timeout=60) == 1
    text = toy.log.read_text()
    assert "web did not start (exit code 1)" in text
    assert "no such table: runs" in text
    assert str(toy.home / "logs" / "web.log") in text


def _answers(toy: Toy) -> bool:
    try:
        return urllib.request.urlopen(f"http://127.0.0.1:{toy.port}/", timeout=2).read() == b"toy"
    except OSError:
        return False


def _until(condition, what: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def test_a_service_that_dies_is_started_again_alone(toy):
    """One killed service ended API, Dagster and database with it."""
    toy.up()
    toy.wait_ready()
    web, child, quiet = toy.pids()
    os.kill(web, signal.SIGKILL)
    _until(lambda: "web answers again" in toy.log.read_text(), "it was not started again")
    assert "web stopped by itself (exit code -9) and is started again in 0.1 s" in toy.log.read_text()
    assert _answers(toy)
    assert _gone([web, child])
    assert toy.pids()[2] == quiet
    assert toy.command("status").returncode == 0


@pytest.mark.long
def test_a_service_killed_twenty_times_never_takes_the_others_along(toy):
    """The database has no supervisor of its own: the other service must be the same process all the time."""
    toy.up()
    toy.wait_ready()
    web, _, other = toy.pids()
    for death in range(1, 21):
        os.kill(web, signal.SIGKILL)
        _until(lambda count=death: toy.log.read_text().count("web answers again") == count, "it did not come back", 90)
        assert psutil.Process(other).status() != psutil.STATUS_ZOMBIE
        web = toy.pids()[0]
    assert toy.pids()[2] == other


def test_a_step_of_the_clock_changes_no_identity(monkeypatch):
    """Start times follow the system clock: ten seconds later the stack was nobody's, and went on answering."""
    identity = ProcessIdentity.of(os.getpid())
    create_time = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda process: create_time(process) + 10)
    assert identity.process() is not None
    assert ProcessIdentity.of(os.getpid()) == identity


@pytest.mark.parametrize("text", ["", "{", "[]", '{"services": {"web": 7}}', None])
@pytest.mark.parametrize("is_killed", [False, True], ids=["up", "up was killed"])
def test_a_broken_record_is_survived(toy, text, is_killed):
    """`down` ended in a traceback and left the database running; `up` and `status` as well."""
    toy.up()
    toy.wait_ready()
    pids = toy.pids()
    record = toy.home / "run" / "stack.json"
    record.unlink() if text is None else record.write_text(text)
    if is_killed:
        toy.supervisor.kill()
        toy.supervisor.wait()
    assert "Traceback" not in toy.command("status").stderr
    assert toy.command("down").stdout == "stopped\n"
    assert _gone(pids)


def test_a_stranger_with_an_old_number_is_left_alone(toy):
    """Process numbers are used again: a state file of last week would kill another program."""
    stranger = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        (toy.home / "run").mkdir(parents=True)
        old = {"pid": stranger.pid, "started": "another boot:1"}
        (toy.home / "run" / "stack.json").write_text(json.dumps({"services": {"web": old}}))
        (toy.home / "run" / "stack.lock").write_text(json.dumps(old))
        toy.command("down")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
