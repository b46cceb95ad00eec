"""The pricer's sign of life, and the check of it that container engines run.

Belongs here: the file that the pricer writes while its loop goes round, `python -m mlb_ml_assets.live.heartbeat`.
Not here: which pricer holds the lock (warehouse/locks.py), the loop (resident.py).

A pricer that waits for the database or for another pricer is alive: a restart would bring neither. One that hangs still
holds its lock and its session, so that neither of these shows it.
"""

import sys
import time
from pathlib import Path
from typing import Final

from mlb_ml_assets.warehouse.settings import project_home

# The longest statement is canceled after 600 s (resident.STATEMENT_SECONDS).
LIMIT_SECONDS: Final = 660.0
_BETWEEN_BEATS_SECONDS: Final = 1.0


class Heartbeat:
    """Writes the file at most once a second.

    Args:
        home: of the installation; each container has its own.
    """

    def __init__(self, home: Path) -> None:
        self._file = _file(home)
        self._last = 0.0

    def beat(self) -> None:
        """Note that the loop goes round."""
        # Since boot, one clock for all processes: a step of the system's time makes no pricer look dead.
        now = time.monotonic()
        if now - self._last < _BETWEEN_BEATS_SECONDS:
            return
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = self._file.with_suffix(".unfinished")
        # Whole: a rounded instant may lie ahead of the reader's.
        unfinished.write_text(repr(now))
        unfinished.replace(self._file)
        self._last = now


def seconds_since_beat(home: Path) -> float | None:
    """How long ago the pricer of an installation gave a sign of life; None without one that can be read."""
    try:
        return time.monotonic() - float(_file(home).read_text())
    except (OSError, ValueError):
        return None


def _file(home: Path) -> Path:
    return home / "run" / "pricer.heartbeat"


def main() -> int:
    """Exit code 0 where the pricer lives, else 1 with the reason on standard error."""
    age = seconds_since_beat(project_home())
    if age is not None and 0 <= age <= LIMIT_SECONDS:
        return 0
    reason = "no pricer has started" if age is None else f"no sign of life for {age:.0f} s, {LIMIT_SECONDS:.0f} allowed"
    sys.stderr.write(f"{reason}: see the pricer's log\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
