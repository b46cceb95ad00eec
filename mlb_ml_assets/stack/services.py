"""`mlb-ml up | down | status`: the local stack as a whole.

Belongs here: order of starting and stopping, supervision, messages to the user.
Not here: what a service is (service_list), how a process is handled (processes).
"""

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

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
from mlb_ml_assets.stack.service_list import Service, declared_services
from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings

# MLflow makes 65 tables and Dagster 22 at their first start, on a machine that may be busy.
READY_SECONDS = 180
Say = Callable[[str], None]
Declare = Callable[[DatabaseSettings], list[Service]]


class ServiceFailed(StackError, RuntimeError):
    """The stack cannot be started, or a part of it stopped by itself."""


class _Stopped(BaseException):
    """SIGTERM: `down` in another terminal, or the machine going down."""


def print_line(line: str) -> None:
    """Write one line to the terminal and flush it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def up(*, say: Say = print_line, declare: Declare = declared_services) -> None:
    """Start the stack, stay, and stop all of it on Ctrl-C or `down`.

    What an earlier `up` left behind when it was killed is ended first.

    Raises:
        ServiceFailed: it runs already, or a service did not come up; the message ends with the service's log.
        PortInUse: another program has a port.
    """
    settings = DatabaseSettings.from_environment()
    state = _StateFile(settings.home)
    with state.alone(), _terminable():
        try:
            _end_leftovers(state, say)
            services = declare(settings)
            for service in services:
                if service.port is not None:
                    require_free(service.port, service.name, service.port_variable)
            ensure_database(settings)
            _run_until_stopped(settings, state, say, services)
        except (KeyboardInterrupt, _Stopped):
            say("stopped")
        finally:
            state.path.unlink(missing_ok=True)


def down(*, say: Say = print_line) -> None:
    """Stop whatever runs of this home folder's stack, the embedded database included."""
    settings = DatabaseSettings.from_environment()
    state = _StateFile(settings.home)
    supervisor = state.supervisor()
    if supervisor is not None and supervisor.process() is not None:
        os.kill(supervisor.pid, signal.SIGTERM)
        if not wait_until_gone(supervisor, 90):
            say(f"`mlb-ml up` (pid {supervisor.pid}) does not end: killing it")
            os.kill(supervisor.pid, signal.SIGKILL)
    stopped = _stop_services(state)
    state.path.unlink(missing_ok=True)
    database = settings.embedded and EmbeddedServer(settings.home).stop()
    say("stopped" if supervisor or stopped or database else "nothing was running")


def status(*, say: Say = print_line, declare: Declare = declared_services) -> int:
    """Print what runs, where and since when; 0 if the whole stack runs, 3 if not."""
    settings = DatabaseSettings.from_environment()
    running = [_database_line(settings, say)]
    known = {each["name"]: each for each in _StateFile(settings.home).read().get("services", [])}
    for service in declare(settings):
        entry = known.get(service.name)
        process = None if entry is None else ProcessIdentity(entry["pid"], entry["started"]).process()
        running.append(process is not None)
        if process is None:
            say(f"{service.name:<18} not running")
        else:
            since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(process.create_time()))
            state = "running" if service.ready() else "not answering"
            say(f"{service.name:<18} {state}  {service.address}  pid {process.pid}  since {since}")
    return 0 if all(running) else 3


def _run_until_stopped(settings: DatabaseSettings, state: "_StateFile", say: Say, services: list[Service]) -> None:
    try:
        _run(settings, state, say, services)
    finally:
        _ignore_signals()
        say("stopping …")
        _stop_services(state)
        # Only here: where not even the ports were free, the database may be at work for another command.
        if settings.embedded:
            EmbeddedServer(settings.home).stop()


def _run(settings: DatabaseSettings, state: "_StateFile", say: Say, services: list[Service]) -> None:
    say(f"{'database':<18} {settings.database} at {settings.server_host}")
    processes: dict[str, subprocess.Popen[bytes]] = {}
    for service in services:
        processes[service.name] = _launch(settings, state, service)
    for service in services:
        _await_ready(settings, service, processes[service.name])
        say(f"{service.name:<18} {service.address}")
    say(f"logs in {settings.home / 'logs'}; Ctrl-C stops all of it")
    while True:
        time.sleep(1)
        if settings.embedded and EmbeddedServer(settings.home).process() is None:
            say("the database was gone: starting it again")
            ensure_database(settings)
        for service in services:
            code = processes[service.name].poll()
            if code is not None:
                raise ServiceFailed(_failure(settings, service, f"stopped by itself (exit code {code})"))


def _launch(settings: DatabaseSettings, state: "_StateFile", service: Service) -> subprocess.Popen[bytes]:
    log = _log(settings, service)
    log.unlink(missing_ok=True)
    process = launch(service.command, service.environment, log, settings.home)
    state.add(service.name, ProcessIdentity.of(process.pid))
    return process


def _await_ready(settings: DatabaseSettings, service: Service, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    identity = ProcessIdentity.of(process.pid)
    while not service.ready():
        if process.poll() is not None:
            raise ServiceFailed(_failure(settings, service, f"did not start (exit code {process.returncode})"))
        if time.monotonic() > deadline:
            raise ServiceFailed(_failure(settings, service, f"did not answer within {READY_SECONDS} s"))
        time.sleep(0.3)
    if service.port is not None and not is_answered_by(service.port, identity):
        raise ServiceFailed(f"port {service.port} for {service.name} is answered by a program that is not ours")


def _failure(settings: DatabaseSettings, service: Service, what: str) -> str:
    log = _log(settings, service)
    return f"{service.name} {what}; {log} ends with:\n{last_lines(log)}"


def _log(settings: DatabaseSettings, service: Service) -> Path:
    return settings.home / "logs" / f"{service.name}.log"


def _end_leftovers(state: "_StateFile", say: Say) -> None:
    if _stop_services(state):
        say("ended what an interrupted `mlb-ml up` had left running")
    state.write({"supervisor": vars(ProcessIdentity.of(os.getpid())), "services": []})


def _stop_services(state: "_StateFile") -> bool:
    known = [ProcessIdentity(each["pid"], each["started"]) for each in reversed(state.read().get("services", []))]
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


class _StateFile:
    """The running services: written at every start, read by `down`, `status` and the next `up`."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "run"
        self.path = self.folder / "stack.json"

    @contextmanager
    def alone(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "stack.lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                supervisor = self.supervisor()
                raise ServiceFailed(
                    f"it runs already (pid {supervisor.pid if supervisor else 'unknown'}): `mlb-ml down` stops it"
                ) from None
            yield

    def read(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.path.read_text()))
        except FileNotFoundError:
            return {}

    def write(self, state: dict[str, Any]) -> None:
        unfinished = self.path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(state))
        unfinished.rename(self.path)

    def add(self, name: str, identity: ProcessIdentity) -> None:
        state = self.read()
        state["services"].append({"name": name, **vars(identity)})
        self.write(state)

    def supervisor(self) -> ProcessIdentity | None:
        entry = self.read().get("supervisor")
        return None if entry is None else ProcessIdentity(entry["pid"], entry["started"])
