"""`mlb-ml` in a process that kills itself at its n-th SQL statement.

Belongs here: counting statements of every driver (ours, and SQLAlchemy's for Dagster and MLflow), the kill.
Does not: what must hold afterwards.

Run as `python -m mlb_ml_assets_tests.drills.killed N run --from …`; N = 0 never kills. The count goes to the file
named by DRILL_COUNT when the command ends by itself.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy.event
from sqlalchemy.engine import Engine

COUNT_FILE = "DRILL_COUNT"


class Fuse:
    """Counts statements, and ends the process by SIGKILL at the chosen one: no handler, no finally, no rollback."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def burn(self, *_: object, **__: object) -> None:
        self.count += 1
        if self.count == self.at:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: type, name: str) -> None:
        """Count each call of a method, before it is made."""
        inner: Callable[..., Any] = getattr(owner, name)

        def counted(*given: Any, **named: Any) -> Any:
            self.burn()
            return inner(*given, **named)

        setattr(owner, name, counted)


def _listener(fuse: Fuse, moment: str) -> Callable[..., None]:
    """SQLAlchemy looks at a listener's parameters, which must be those of the event."""
    if moment == "commit":
        return lambda _connection: fuse.burn()
    return lambda _connection, _cursor, _statement, _parameters, _context, _executemany: fuse.burn()


def main() -> None:
    fuse = Fuse(int(sys.argv[1]))
    for name in ("execute", "executemany", "copy"):
        fuse.around(psycopg.Cursor, name)
    for name in ("commit", "rollback"):
        fuse.around(psycopg.Connection, name)
    for moment in ("before_cursor_execute", "commit"):
        sqlalchemy.event.listen(Engine, moment, _listener(fuse, moment))
    sys.argv = ["mlb-ml", *sys.argv[2:]]
    from mlb_ml_assets.cli import main as mlb_ml

    try:
        mlb_ml()
    except SystemExit as end:
        if end.code not in (0, None):
            raise
    if os.environ.get(COUNT_FILE):
        Path(os.environ[COUNT_FILE]).write_text(str(fuse.count))


if __name__ == "__main__":
    main()
