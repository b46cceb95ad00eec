"""`mlb-ml up | down | status`: the local stack as a whole.

Belongs here: order of starting and stopping, supervision, messages to the user.
Not here: what a service is (service_list), how a process is handled (processes).
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from mlb_ml_assets.stack.connections import show_reader_port
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.stack.errors import StackError
from mlb_ml_assets.stack.processes import (
    ProcessIdentity,
    is_answered_by,
    last_lines,
    launch,
    request_stop,
    require_free,
    stop_group,
    wait_until_gone,
)
from mlb_ml_assets.stack.program_tables import ensure_program_tables
from mlb_ml_assets.stack.service_list import Service, declared_services
from mlb_ml_assets.stack.state_file import STACK_VARIABLE, StateFile
from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.mlflow_store import require_usable_store
from mlb_ml_assets.warehouse.settings import DatabaseSettings, is_demo_home

# MLflow makes 65 tables and Dagster 22 at their first start, on a machine that may be busy.
READY_SECONDS = 180
# A service that dies is started again after this long, twice as long after each further death, until it stays up.
FIRST_RESTART_SECONDS, LAST_RESTART_SECONDS, STAYS_UP_SECONDS = 1.0, 60.0, 60.0
# What to click first, by the service whose address was printed above it.
FIRST_LOOKS = {
    "api": "First: open the api's address, the slate; click a game for the reasons of its price.",
    "dagster-webserver": "Then: open dagster-webserver's link, the graph; ml_predictions, Materialize, Latest, Launch.",
}
Say = Callable[[str], None]
Declare = Callable[[DatabaseSettings], list[Service]]
# Says what happens in the stack until the event is set.
Follow = Callable[[threading.Event, Say], None]


class ServiceFailed(StackError, RuntimeError):
    """The stack cannot be started, or a part of it stopped by itself."""


class _Stopped(BaseException):
    """SIGTERM: `down` in another terminal, or the machine going down."""


def print_line(line: str) -> None:
    """Write one line to the terminal and flush it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def up(
    *,
    upgrade_mlflow: bool = False,
    say: Say = print_line,
    declare: Declare = declared_services,
    follow: Follow | None = None,
) -> None:
    """Start the stack, stay, and stop all of it on Ctrl-C or `down`.

    What an earlier `up` left behind when it was killed is ended first.

    Args:
        upgrade_mlflow: whether an MLflow store that MLFLOW_BACKEND_STORE_URI names may be upgraded.
        say: where progress goes.
        declare: the services of a database.
        follow: called in a thread once all of it runs.

    Raises:
        MlflowStoreNotOurs: our MLflow server would upgrade the given store.
        TablesNotCreated: MLflow or Dagster did not create its tables in the embedded database.
        ServiceFailed: it runs already, or a service did not come up; the message ends with the service's log.
        PortInUse: another program has a port.
    """
    settings = DatabaseSettings.from_environment()
    state = StateFile(settings.home)
    with state.alone(), _terminable():
        try:
            _end_leftovers(state, say)
            services = declare(settings)
            for service in services:
                if service.port is not None:
                    require_free(service.port, service.name, service.port_variable)
            ensure_database(settings)
            if not settings.has_mlflow_server:
                _prepare_mlflow_store(settings, may_upgrade=upgrade_mlflow)
            if settings.embedded:
                ensure_program_tables(settings)
            _run_until_stopped(settings, state, say, services, follow)
        except (KeyboardInterrupt, _Stopped):
            say("stopped")
        finally:
            state.remove()


def down(*, say: Say = print_line) -> None:
    """Stop whatever runs of this home folder's stack, the embedded database included."""
    settings = DatabaseSettings.from_environment()
    state = StateFile(settings.home)
    supervisor = state.supervisor()
    is_running = supervisor is not None and supervisor.process() is not None
    if supervisor is not None and is_running:
        os.kill(supervisor.pid, signal.SIGTERM)
        if not wait_until_gone(supervisor, 90):
            say(f"`mlb-ml up` (pid {supervisor.pid}) does not end: killing it")
            os.kill(supervisor.pid, signal.SIGKILL)
    stopped = _stop_services(state)
    state.remove()
    database = settings.embedded and EmbeddedServer(settings.home).stop()
    say("stopped" if is_running or stopped or database else "nothing was running")


def status(*, say: Say = print_line, declare: Declare = declared_services) -> int:
    """Print what runs, where and since when; 0 if the whole stack runs, 3 if not."""
    settings = DatabaseSettings.from_environment()
    running = [_database_line(settings, say)]
    known = StateFile(settings.home).services()
    for service in declare(settings):
        identity = known.get(service.name)
        process = None if identity is None else identity.process()
        running.append(process is not None)
        if process is None:
            say(f"{service.name:<18} not running")
        else:
            since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(process.create_time()))
            state = "running" if service.ready() else "not answering"
            say(f"{service.name:<18} {state}  {service.address}  pid {process.pid}  since {since}")
    if all(running):
        return 0
    say(f"Next: mlb-ml {'--demo ' if is_demo_home(settings.home) else ''}up")
    return 3


def _prepare_mlflow_store(settings: DatabaseSettings, *, may_upgrade: bool) -> None:
    """Refuse a store that our server would upgrade; upgrade it first where its owner agreed: the server never does."""
    if may_upgrade:
        from mlb_ml_assets.stack.mlflow_server import migrate_mlflow

        migrate_mlflow(settings, may_upgrade=True)
    else:
        require_usable_store(settings)


def _run_until_stopped(
    settings: DatabaseSettings, state: StateFile, say: Say, services: list[Service], follow: Follow | None
) -> None:
    stopped = threading.Event()
    try:
        running = _start(settings, state, say, services)
        if follow is not None:
            threading.Thread(target=follow, args=(stopped, say), name="follow", daemon=True).start()
        _supervise(settings, running, say)
    finally:
        _ignore_signals()
        stopped.set()
        say("stopping …")
        _stop_services(state)
        # Only here: where not even the ports were free, the database may be at work for another command.
        if settings.embedded:
            EmbeddedServer(settings.home).stop()


def _start(settings: DatabaseSettings, state: StateFile, say: Say, services: list[Service]) -> list["_Running"]:
    say(f"{'database':<18} {settings.database} at {settings.server_host}")
    if settings.opens_reader_port:
        show_reader_port(settings, say)
    running = [_Running(service, settings, state) for service in services]
    for each in running:
        each.launch(running)
        if each.service.is_awaited:
            each.await_ready()
    for each in running:
        each.await_ready()
        say(f"{each.service.name:<18} {each.service.link or each.service.address}")
    names = {each.service.name for each in running}
    for place, what in FIRST_LOOKS.items():
        if place in names:
            say(what)
    say(f"logs in {settings.home / 'logs'}; Ctrl-C stops all of it")
    return running


def _supervise(settings: DatabaseSettings, running: list["_Running"], say: Say) -> None:
    while True:
        time.sleep(min(1.0, FIRST_RESTART_SECONDS))
        if settings.embedded and EmbeddedServer(settings.home).process() is None:
            say("the database was gone: starting it again")
            ensure_database(settings)
        for each in running:
            each.watch(running, say)


@dataclass
class _Running:
    """One service of this `up`, and what its supervision knows of it.

    Attributes:
        process: None while it waits for its next start.
        since: when the process was started (monotonic clock).
        deaths: in a row, without having stayed up in between.
        next_start: when to start it again (monotonic clock).
        is_coming_back: started again, and not yet seen to answer.
    """

    service: Service
    settings: DatabaseSettings
    state: StateFile
    process: subprocess.Popen[bytes] | None = None
    identity: ProcessIdentity | None = None
    since: float = 0.0
    deaths: int = 0
    next_start: float = 0.0
    is_coming_back: bool = False

    @property
    def log(self) -> Path:
        return self.settings.home / "logs" / f"{self.service.name}.log"

    def launch(self, running: list["_Running"]) -> None:
        if not self.deaths:
            self.log.unlink(missing_ok=True)
        environment = {**self.service.environment, STACK_VARIABLE: str(self.settings.home)}
        self.process = launch(self.service.command, environment, self.log, self.settings.home)
        self.identity, self.since = ProcessIdentity.of(self.process.pid), time.monotonic()
        self.state.record({each.service.name: each.identity for each in running if each.identity is not None})

    def await_ready(self) -> None:
        """Wait for the first answer of a new stack.

        Raises:
            ServiceFailed: it ended, or did not answer in time.
        """
        assert self.process is not None
        assert self.identity is not None
        deadline = time.monotonic() + READY_SECONDS
        while not self.service.ready():
            if self.process.poll() is not None:
                raise ServiceFailed(self._failure(f"did not start (exit code {self.process.returncode})"))
            if time.monotonic() > deadline:
                raise ServiceFailed(self._failure(f"did not answer within {READY_SECONDS} s"))
            time.sleep(0.3)
        if self.service.port is not None and not is_answered_by(self.service.port, self.identity):
            raise ServiceFailed(
                f"port {self.service.port} for {self.service.name} is answered by a program that is not ours"
            )

    def watch(self, running: list["_Running"], say: Say) -> None:
        """Start it again when it has died, alone: the others go on meanwhile."""
        now = time.monotonic()
        if self.process is None:
            if now >= self.next_start:
                self.launch(running)
                self.is_coming_back = True
        elif (code := self.process.poll()) is not None:
            assert self.identity is not None
            stop_group(self.identity)  # what it started and left behind holds its port
            self.deaths = 1 if now - self.since > STAYS_UP_SECONDS else self.deaths + 1
            wait = min(LAST_RESTART_SECONDS, FIRST_RESTART_SECONDS * 2.0 ** min(self.deaths - 1, 10))
            self.process, self.identity, self.next_start = None, None, now + wait
            say(self._failure(f"stopped by itself (exit code {code}) and is started again in {wait:g} s"))
        elif self.is_coming_back and self.service.ready():
            self.is_coming_back = False
            say(f"{self.service.name} answers again")

    def _failure(self, what: str) -> str:
        return f"{self.service.name} {what}; {self.log} ends with:\n{last_lines(self.log)}"


def _end_leftovers(state: StateFile, say: Say) -> None:
    if _stop_services(state):
        say("ended what an interrupted `mlb-ml up` had left running")
    state.record({})


def _stop_services(state: StateFile) -> bool:
    known = list(reversed(state.services().values()))
    running = [each for each in known if request_stop(each)]
    for each in known:
        stop_group(each)
    return bool(running)


def _database_line(settings: DatabaseSettings, say: Say) -> bool:
    if not settings.embedded:
        try:
            connect(settings.dsn, "mlb_ml:status").close()
        except DatabaseUnreachable as error:
            say(f"{'database':<18} {error}")
            return False
        say(f"{'database':<18} {settings.database} at {settings.host}:{settings.port} (given)")
        return True
    process = EmbeddedServer(settings.home).process()
    place = f"{settings.database} at {settings.server_host}  pid {process.pid}" if process else "not running"
    say(f"{'database':<18} {place}")
    return process is not None


@contextmanager
def _terminable() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (signal's signature)
        raise _Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    interrupt = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.signal(signal.SIGINT, interrupt)


def _ignore_signals() -> None:
    # A second Ctrl-C while stopping would leave the rest running.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
