"""Which processes an `mlb-ml up` has started: its own record.

Belongs here: the lock and the files of `MLB_ML_HOME`/run, and the services that can be found without them.
Not here: starting, stopping and restarting (services.py).
"""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from mlb_ml_assets.stack.environment import HomeUnusable, make_private_folder
from mlb_ml_assets.stack.errors import StackError
from mlb_ml_assets.stack.processes import ProcessIdentity

# In the environment of every service: whose it is, should the record be lost.
STACK_VARIABLE = "MLB_ML_STACK"


class StackRuns(StackError, RuntimeError):
    """Another `mlb-ml up` runs in the home folder."""


class StateFile:
    """The record of one home folder: written at every start, read by `down`, `status` and the next `up`."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.path = home / "run" / "stack.json"
        self._lock = home / "run" / "stack.lock"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Be the one `up` of the home folder, recorded as its supervisor.

        Raises:
            StackRuns: another process is.
            HomeUnusable: the folder cannot be written.
        """
        try:
            make_private_folder(self.home, holds_database=True)
            make_private_folder(self._lock.parent)
            lock = self._lock.open("a+")
        except OSError as error:
            raise HomeUnusable(f"the folder {self.home} cannot be used: {error}; set MLB_ML_HOME") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                supervisor = self.supervisor()
                raise StackRuns(
                    f"it runs already (pid {supervisor.pid if supervisor else 'unknown'}): `mlb-ml down` stops it"
                ) from None
            lock.truncate(0)
            lock.write(json.dumps(ProcessIdentity.of(os.getpid()).as_json()))
            lock.flush()
            yield

    def supervisor(self) -> ProcessIdentity | None:
        """The recorded `up`; it may have ended."""
        return _identity(_read(self._lock))

    def services(self) -> dict[str, ProcessIdentity]:
        """The recorded services by name; without a readable record, what runs with the mark of this home folder."""
        record = _read(self.path)
        entries = record.get("services") if isinstance(record, dict) else None
        if isinstance(entries, dict) and all(_identity(entry) for entry in entries.values()):
            return {name: identity for name, entry in entries.items() if (identity := _identity(entry)) is not None}
        return self._marked()

    def record(self, services: dict[str, ProcessIdentity]) -> None:
        """Replace the record; on a full disk there is none, and the services are found by their mark."""
        unfinished = self.path.with_suffix(".unfinished")
        try:
            unfinished.write_text(json.dumps({"services": {name: each.as_json() for name, each in services.items()}}))
            unfinished.rename(self.path)
        except OSError:
            self.remove()

    def remove(self) -> None:
        """Forget the services, after they were stopped."""
        with suppress(OSError):
            self.path.unlink()

    def _marked(self) -> dict[str, ProcessIdentity]:
        found = {}
        for each in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                # Leaders of their sessions only: what they started ends with them.
                if os.getsid(each.pid) == each.pid and each.environ().get(STACK_VARIABLE) == str(self.home):
                    found[f"pid {each.pid}"] = ProcessIdentity.of(each.pid)
        return found


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text())
    except (OSError, ValueError):
        return None


def _identity(entry: Any) -> ProcessIdentity | None:
    if isinstance(entry, dict) and isinstance(entry.get("pid"), int) and isinstance(entry.get("started"), str):
        return ProcessIdentity(entry["pid"], entry["started"])
    return None
