"""A process that has imported everything, and forks a child for each run that is to be killed.

Belongs here: the fork, counting a child's statements, the SIGKILL, running an asset or a command in the child.
Not here: what is run when (writers.py), what must hold afterwards (world.py).

A fresh `mlb-ml` spends seconds on imports; a fork spends none. It opens database connections of its own and dies of
SIGKILL as any process does.
"""

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

SECONDS = 240
_NONE = {"statement": 0, "own": 0, "partial": 0}


@dataclass(frozen=True)
class Ended:
    """How a child ended.

    Attributes:
        code: negative where a signal ended it.
        statements: of every driver.
        own: those other than Dagster's.
        partial: those of pricings of moved games alone.
    """

    code: int
    statements: int
    own: int
    partial: int
    seconds: float
    output: str

    @property
    def killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Warm:
    """The forking process, seen from the drill. One run at a time."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._out = folder / "warm.txt"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "mlb_ml_assets_tests.drills.warmed", str(self._out)],
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._beside = ThreadPoolExecutor(1)
        self._answer()

    def run(self, environment: Mapping[str, str], what: Sequence[Any], kill: tuple[str, float] | None = None) -> Ended:
        """Run ("command", …words), ("assets", keys, first, last) or ("price", moves) to its end, or until it is killed.

        Args:
            environment: the whole environment of the child.
            what: JSON.
            kill: ("statement", n), ("own", n), ("partial", n): before the n-th statement; ("time", s): after s seconds.
        """
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"environment": dict(environment), "what": what, "kill": kill}) + "\n")
        self._process.stdin.flush()
        return Ended(**self._answer(), output=self._out.read_text(errors="replace"))

    def start(
        self, environment: Mapping[str, str], what: Sequence[Any], kill: tuple[str, float] | None = None
    ) -> "Future[Ended]":
        """As `run`, beside the drill, which meanwhile breaks something else."""
        return self._beside.submit(self.run, environment, what, kill)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the forking process is gone: {self._process.wait()}"
        return json.loads(line)


class Fuse:
    """Counts statements of every driver, and ends the process by SIGKILL at the chosen one: no handler, no rollback."""

    def __init__(self, kind: str | None, at: float) -> None:
        self.kind, self.at, self.counts = kind, at, dict(_NONE)
        self.is_partial = False

    def burn(self, *kinds: str) -> None:
        for kind in (*kinds, "partial") if self.is_partial else kinds:
            self.counts[kind] += 1
            if self.kind == kind and self.counts[kind] == self.at:
                os.kill(os.getpid(), signal.SIGKILL)

    def attach(self) -> None:
        """Count each statement before it is sent: psycopg's, its BEGIN and COMMIT, and SQLAlchemy's."""
        import psycopg
        import sqlalchemy.event
        from psycopg._connection_base import BaseConnection
        from sqlalchemy.engine import Engine

        def around(owner: type, name: str) -> None:
            inner: Callable[..., Any] = getattr(owner, name)

            def counted(*given: Any, **named: Any) -> Any:
                self.burn("statement", "own")
                return inner(*given, **named)

            setattr(owner, name, counted)

        for name in ("execute", "executemany", "copy"):
            around(psycopg.Cursor, name)
        around(BaseConnection, "_exec_command")

        # SQLAlchemy looks at a listener's parameters, which must be those of the event.
        def before_cursor_execute(connection, _cursor, _statement, _parameters, _context, _executemany):  # type: ignore[no-untyped-def]
            self.burn(*_kinds(connection))

        def commit(connection):  # type: ignore[no-untyped-def]
            self.burn(*_kinds(connection))

        sqlalchemy.event.listen(Engine, "before_cursor_execute", before_cursor_execute)
        sqlalchemy.event.listen(Engine, "commit", commit)


def _kinds(connection: Any) -> tuple[str, ...]:
    return ("statement",) if "dagster" in str(connection.engine.url.query) else ("statement", "own")


def _command(*words: str) -> int:
    from mlb_ml_assets.cli import main as mlb_ml

    sys.argv = ["mlb-ml", *words]
    try:
        mlb_ml()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _assets(keys: list[str], first: str | None, last: str | None) -> int:
    """Assets over a range of partitions in one run, on the project's instance: what Materialize in the UI starts."""
    import dagster as dg

    from mlb_ml_assets.definitions import defs
    from mlb_ml_assets.stack.environment import dagster_instance
    from mlb_ml_assets_tests.chain import _QUIET, RANGE_END, RANGE_START

    with dagster_instance() as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=[dg.AssetKey(key.split("/")) for key in keys],
            instance=instance,
            tags={RANGE_START: first, RANGE_END: last} if first and last else None,
            run_config=_QUIET,
            raise_on_error=False,
        )
    for event in result.all_events:
        if event.is_failure:
            print(event.message, event.event_specific_data)
    return 0 if result.success else 1


def _price(fuse: Fuse, moves: str) -> int:
    """A pricer that has its state in memory, then commits prices that move as an outside collector, and prices them."""
    from mlb_ml_assets.live.pricing import Pricer
    from mlb_ml_assets.warehouse.arrivals import read_waiting
    from mlb_ml_assets.warehouse.connection import connect
    from mlb_ml_assets.warehouse.settings import DatabaseSettings

    dsn = DatabaseSettings.from_environment().dsn
    with connect(dsn, "mlb_ml:pricer", autocommit=True) as connection:
        pricer = Pricer(connection)
        pricer.price(read_waiting(connection))
        with connect(dsn, "collector", autocommit=True) as collector:
            collector.execute(moves.encode())
        fuse.is_partial = True
        while pricer.has_work(waiting := read_waiting(connection)):
            assert not pricer.price(waiting).is_full
    return 0


def _child(request: Mapping[str, Any], reported: int, out: str) -> None:
    file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.environ.clear()
    os.environ.update(request["environment"])
    kind, at = request["kill"] or (None, 0)
    fuse = Fuse(kind, at)
    code = 70
    try:
        fuse.attach()
        kind, *given = request["what"]
        code = {"command": _command, "assets": _assets, "price": partial(_price, fuse)}[kind](*given)
    except BaseException:  # noqa: BLE001 - written to the output, as any process does
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os.write(reported, json.dumps(fuse.counts).encode())
        os._exit(code)


def _wait(pid: int, kill_after: float | None) -> int:
    """The exit code of the child, killed after so many seconds."""
    began = time.monotonic()
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        past = time.monotonic() - began
        if kill_after is not None and past >= kill_after:
            os.kill(pid, signal.SIGKILL)
            return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        if past > SECONDS:
            os.kill(pid, signal.SIGTERM)
        time.sleep(0.001)


def _serve(requests: Generator[str, None, None], out: str) -> None:
    for line in requests:
        request = json.loads(line)
        listening, reported = os.pipe()
        began = time.monotonic()
        pid = os.fork()
        if pid == 0:
            os.close(listening)
            _child(request, reported, out)
        os.close(reported)
        kind, at = request["kill"] or (None, 0)
        code = _wait(pid, at if kind == "time" else None)
        seconds = time.monotonic() - began
        with os.fdopen(listening) as counts:
            counted = json.loads(counts.read() or "null") or _NONE
        answer = {"code": code, "statements": counted["statement"], "seconds": seconds}
        answer |= {"own": counted["own"], "partial": counted["partial"]}
        print(json.dumps(answer), flush=True)


# What any of the runs imports, at the latest when it needs it.
_IMPORTED = (
    "dagster_mlflow", "matplotlib.pyplot", "mlflow.pyfunc", "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_store", "psycopg", "scipy.optimize", "sklearn.linear_model",
    "mlb_ml_assets.flows.recommendations", "mlb_ml_assets.flows.features", "mlb_ml_assets.flows.history_import",
    "mlb_ml_assets.flows.ingest", "mlb_ml_assets.flows.predictions", "mlb_ml_assets.flows.promotion",
    "mlb_ml_assets.flows.performance", "mlb_ml_assets.flows.training", "mlb_ml_assets.commands.history",
    "mlb_ml_assets.live.pricing", "mlb_ml_assets.registry.pyfunc", "mlb_ml_assets.stack.dagster_storage",
)  # fmt: skip


def main() -> None:
    for name in _IMPORTED:
        importlib.import_module(name)
    from mlb_ml_assets.definitions import defs

    defs.resolve_implicit_global_asset_job_def()
    # A fork takes along only the thread that forks: what another held would be locked in the child for ever.
    assert threading.active_count() == 1, threading.enumerate()
    print("{}", flush=True)
    _serve(iter(sys.stdin.readline, ""), sys.argv[1])


if __name__ == "__main__":
    main()
