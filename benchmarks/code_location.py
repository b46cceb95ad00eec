"""What Dagster costs: loading our code location, and a range of days in one run.

Belongs here: import beside `import dagster`, 180 days of a simulated season in one run beside its days one by one.
Not here: what the assets do with their days.
"""

import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

from benchmarks.figures import Figure, seconds_of, side_by_side
from benchmarks.scratch import Scratch

DAYS, SINGLE_DAYS = 180, 12
_START, _END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_FIRST = date(2024, 3, 25)
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def measure(scratch: Scratch) -> list[Figure]:
    """Seconds of a fresh interpreter, and of runs of job prepare: games, market lines, features."""
    ours, limit = side_by_side(lambda: _import("mlb_ml_assets.definitions"), lambda: _import("dagster"), 6)
    together, apart = _range(scratch)
    return [
        Figure("dagster", "loading the code location", "s", ours, limit, "import dagster", 1.5, 1.2),
        Figure(
            "dagster", f"job prepare, {DAYS} days in one run", "s", together, apart, "day by day, same process", 0.33,
            0.2, note=f"day by day: {SINGLE_DAYS} runs, extrapolated; events in memory in both",
        ),
    ]  # fmt: skip


def _import(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, capture_output=True)  # noqa: S603


def _range(scratch: Scratch) -> tuple[float, float]:
    from mlb_ml_assets.flows.history_import import import_history
    from mlb_ml_assets.simulation.bundle import write_bundle
    from mlb_ml_assets.simulation.config import SimulationConfig
    from mlb_ml_assets.simulation.league import simulate_league

    # A day to warm up on, days one by one, then as many as are to be run together: no day is built twice.
    singles = [_FIRST + timedelta(days=1 + step) for step in range(SINGLE_DAYS)]
    first, last = singles[-1] + timedelta(days=1), singles[-1] + timedelta(days=DAYS)
    with tempfile.TemporaryDirectory(prefix="mlb_ml-bench-") as folder, scratch.connect() as connection:
        write_bundle(simulate_league(SimulationConfig(first_day=_FIRST, today=last)), Path(folder))
        import_history(connection, [Path(folder)])
    with scratch.entered():
        import dagster as dg

        from mlb_ml_assets.definitions import build_definitions

        job = build_definitions().resolve_job_def("prepare")
        with dg.DagsterInstance.ephemeral() as instance:

            def run(first: date, last: date) -> None:
                result = job.execute_in_process(
                    instance=instance, tags={_START: str(first), _END: str(last)}, run_config=_QUIET
                )
                assert result.success

            run(_FIRST, _FIRST)
            apart = sum(seconds_of(lambda day=day: run(day, day)) for day in singles)  # type: ignore[misc]
            together = seconds_of(lambda: run(first, last))
    return together, apart / SINGLE_DAYS * DAYS
