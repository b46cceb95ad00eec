"""Processes of ours: started in their own group, recognized later, ended with all their children.

Belongs here: launch, identity over restarts of ourselves, stop, the end of a log.
Not here: which processes there are (service_list), in which order (services).
"""

import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from mlb_ml_assets.stack.errors import StackError

LOOPBACK = "127.0.0.1"
# uvicorn and Dagster's daemon end open work first; what is left after this is killed.
STOP_SECONDS = 15


class PortInUse(StackError, OSError):
    """Another program listens on a port that we need."""


@dataclass(frozen=True)
class ProcessIdentity:
    """A process, distinguished from a later one with the same id."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> "ProcessIdentity":
        """The identity of a process that runs now.

        Raises:
            psutil.NoSuchProcess: none has the id.
        """
        return cls(pid, _start_mark(pid))

    def as_json(self) -> dict[str, int | str]:
        """What a record keeps of it."""
        return {"pid": self.pid, "started": self.started}

    def process(self) -> psutil.Process | None:
        """The process if it still runs; None when it ended or its id is another's."""
        with suppress(psutil.NoSuchProcess):
            found = psutil.Process(self.pid)
            if _start_mark(self.pid) == self.started and _runs(found):
                return found
        return None

    def is_replaced(self) -> bool:
        """Whether another process has the id by now."""
        with suppress(psutil.NoSuchProcess):
            return _start_mark(self.pid) != self.started
        return False


def _start_mark(pid: int) -> str:
    """When a process started, in ticks since the boot that it belongs to: a step of the clock does not move it."""
    try:
        # The name, in parentheses, may hold spaces and parentheses; the 20th field after it is the start.
        ticks = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        # Without /proc the kernel keeps the time of the start itself, which a later step does not change.
        return f"{psutil.Process(pid).create_time():.2f}"
    return f"{boot}:{ticks}"


def launch(command: Sequence[str], environment: Mapping[str, str], log: Path, folder: Path) -> subprocess.Popen[bytes]:
    """Start a process in a session of its own, so that a Ctrl-C in our terminal reaches only us."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as out, _interruptible():
        return subprocess.Popen(
            command,
            env=dict(environment),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


@contextmanager
def _interruptible() -> Iterator[None]:
    """Children started inside can be interrupted.

    A script's background job ignores SIGINT, and so does all that it starts; Dagster's code server ends by nothing
    else.
    """
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    # Python sets signals in the main thread only.
    if not ignored or threading.current_thread() is not threading.main_thread():
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def request_stop(identity: ProcessIdentity) -> bool:
    """SIGTERM to a process; True if it was running. Several requested first end at the same time."""
    with suppress(ProcessLookupError):
        if identity.process() is not None:
            os.kill(identity.pid, signal.SIGTERM)
            return True
    return False


def stop_group(identity: ProcessIdentity, *, seconds: float = STOP_SECONDS) -> None:
    """End a process and all that it started: politely first, then for good."""
    process = identity.process()
    family = [*_children(process), *_session(identity)]
    if process is not None and request_stop(identity):
        _wait([process], seconds)
    _wait(family, 2)
    left = {*family, *_session(identity), *([] if process is None else [process])}
    for each in left:
        with suppress(psutil.NoSuchProcess):
            each.kill()
    _wait(left, 5)


def _wait(processes: Iterable[psutil.Process], seconds: float) -> None:
    # psutil's own wait goes on for an ended process that nobody reaps, as in a container without an init.
    deadline = time.monotonic() + seconds
    while any(map(_runs, processes)) and time.monotonic() < deadline:
        time.sleep(0.05)


def _runs(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    return False


def _children(process: psutil.Process | None) -> list[psutil.Process]:
    with suppress(psutil.NoSuchProcess):
        return [] if process is None else list(process.children(recursive=True))
    return []


def _session(identity: ProcessIdentity) -> list[psutil.Process]:
    """What a process started and may have left behind when it was killed."""
    if identity.is_replaced():
        return []  # and so is the session of that number
    members = []
    for each in psutil.process_iter():
        with suppress(ProcessLookupError, PermissionError, psutil.NoSuchProcess):
            if os.getsid(each.pid) == identity.pid and each.status() != psutil.STATUS_ZOMBIE:
                members.append(each)
    return members


def listeners(port: int) -> set[int]:
    """Process ids that listen on a loopback or wildcard port, as far as we may see them."""
    found = set()
    for each in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            for connection in each.net_connections("tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port:
                    found.add(each.pid)
    return found


def require_free(port: int, service: str, variable: str) -> None:
    """Refuse a port that another program has.

    Raises:
        PortInUse: naming the port, who has it, and the variable that chooses another one.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise PortInUse(
                f"port {port} for {service} is in use{_by_whom(port)} ({error.strerror}): "
                f"stop that program, or set {variable} to a free port"
            ) from None


def _by_whom(port: int) -> str:
    for pid in sorted(listeners(port)):
        with suppress(psutil.Error):
            return f" by {psutil.Process(pid).name()} (pid {pid})"
    return ""


def is_answered_by(port: int, identity: ProcessIdentity) -> bool:
    """Whether the listener on the port is this process or a child of it, not another program."""
    process = identity.process()
    return process is not None and bool(listeners(port) & {identity.pid, *(each.pid for each in _children(process))})


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log file."""
    with suppress(FileNotFoundError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 20_000))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-count:])
    return "(no log)"


def wait_until_gone(identity: ProcessIdentity, seconds: float) -> bool:
    """Wait for the end of a process; whether it ended in time."""
    deadline = time.monotonic() + seconds
    while identity.process() is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
