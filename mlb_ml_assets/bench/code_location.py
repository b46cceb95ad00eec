"""What Dagster costs: loading our code location, and a range of days in one run.

Belongs here: import beside `import dagster`, a range in one run beside its days one by one.
Does not: what the assets do with their days.
"""

import os
import subprocess
import sys
from datetime import date, timedelta

from mlb_ml_assets.bench.figures import Figure, seconds_of, side_by_side
from mlb_ml_assets.bench.scratch import Scratch

DAYS, SINGLE_DAYS = 30, 3
_START, _END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
_FIRST = date(2015, 1, 1)
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def measure(scratch: Scratch) -> list[Figure]:
    """Seconds of a fresh interpreter, and of runs over winter days, where the assets find nothing to do."""
    ours, limit = side_by_side(lambda: _import("mlb_ml_assets.definitions"), lambda: _import("dagster"))
    together, apart = _range(scratch)
    return [
        Figure("dagster", "loading the code location", "s", ours, limit, "import dagster", 1.5, 1.2),
        Figure(
            "dagster", f"job prepare, {DAYS} days in one run", "s", together, apart, "day by day", 0.33, 0.2,
            note=f"day by day: {SINGLE_DAYS} runs, extrapolated",
        ),
    ]  # fmt: skip


def _import(module: str) -> None:
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True, capture_output=True)  # noqa: S603


def _range(scratch: Scratch) -> tuple[float, float]:
    settings = scratch.settings
    told = {
        "POSTGRES_HOST": settings.server_host,
        "POSTGRES_PORT": str(settings.port),
        "POSTGRES_DB": settings.database,
        "POSTGRES_USER": settings.user,
        "POSTGRES_PASSWORD": settings.password,
        "DAGSTER_EVENT_BATCH_SIZE": "1000",
    }
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
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
            together = seconds_of(lambda: run(_FIRST, _FIRST + timedelta(days=DAYS - 1)))
            apart = sum(
                seconds_of(lambda day=day: run(day, day))  # type: ignore[misc]
                for day in (_FIRST + timedelta(days=step) for step in range(SINGLE_DAYS))
            )
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
    return together, apart / SINGLE_DAYS * DAYS
