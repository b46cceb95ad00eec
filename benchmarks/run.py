"""`python -m benchmarks` and `mlb-ml bench`: the benchmarks by name, one after the other.

Belongs here: their names, the shared scratch database, printing.
Not here: measuring.
"""

import importlib
import platform
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import psutil
from rich.console import Console

from benchmarks.figures import Figure, as_json, print_figures
from benchmarks.scratch import Scratch, rows_of, scratch_database

# In this order: those that change the scratch database least come first, and ingest needs an empty odds table.
NAMES = (
    "dagster", "sources", "features", "model", "ingest", "asof", "tier", "sensor", "slate", "api", "attack", "others",
    "whole",
)  # fmt: skip
# Minutes, or packages that are not ours: only when requested by name.
BY_NAME = ("attack", "others", "whole")
# These fill the database with a league of their own.
OWN_DATABASE = ("dagster", "slate", "whole")
_MODULES = {"dagster": "code_location", "sources": "payloads", "features": "feature_matrix"}


class UnknownBenchmark(ValueError):
    """No benchmark of this name."""


def run_benchmarks(names: Sequence[str], *, as_json: bool, scale: str) -> None:
    """Measure and print; progress goes to standard error, so that `--json` stays readable by programs.

    Args:
        names: which ones; empty for the quick ones.
        as_json: print JSON instead of tables.
        scale: rows of the odds table: 1M, 3M, 10M, 35M.

    Raises:
        UnknownBenchmark: a name is unknown.
        UnknownScale: the scale is unknown.
    """
    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise UnknownBenchmark(f"no benchmark {unknown[0]!r}: choose among {', '.join(NAMES)}")
    rows_of(scale)
    chosen = [name for name in NAMES if (name in names if names else name not in BY_NAME)]
    progress = Console(stderr=True)
    figures: list[Figure] = []
    about: dict[str, object] = _machine() | {"scale": scale}
    began = time.monotonic()
    shared = [name for name in chosen if name not in OWN_DATABASE]
    for group in filter(None, [shared, *([name] for name in chosen if name in OWN_DATABASE)]):
        with scratch_database(scale) as scratch:
            for name in group:
                started = time.monotonic()
                found = _benchmark(name)(scratch)
                load = psutil.getloadavg()[0]
                progress.print(f"{name}: {time.monotonic() - started:.0f} s, load {load:.1f}", style="dim")
                figures += found
                if not as_json:
                    print_figures(found, Console())
            about |= {"odds_rows": scratch.rows_now, "odds_build_seconds": round(scratch.build_seconds, 1)}
    progress.print(f"all: {time.monotonic() - began:.0f} s", style="dim")
    if as_json:
        print(_json(figures, about))


_json = as_json


def _benchmark(name: str) -> Callable[[Scratch], list[Figure]]:
    module = importlib.import_module(f"benchmarks.{_MODULES.get(name, name)}")
    measure: Callable[[Scratch], list[Figure]] = module.measure
    return measure


def _machine() -> dict[str, object]:
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": psutil.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "load": [round(value, 1) for value in psutil.getloadavg()],
        "python": sys.version.split()[0],
        "system": platform.platform(),
    }
