"""`mlb-ml run`: a range of days through Dagster, with a progress bar and a summary table.

Belongs here: defaults, progress, the table at the end and the reasons for its zeros.
Not here: which runs there are and in which order (commands/materialize.py).
"""

import resource
import time
from datetime import date

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from mlb_ml_assets.commands.materialize import execute, plan
from mlb_ml_assets.commands.steps import StepResult
from mlb_ml_assets.commands.zeros import explain_zeros, require_products
from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.environment import dagster_instance
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.contract import require_foundation
from mlb_ml_assets.warehouse.feature_checkpoints import begin_feature_generation

_JOBS = ("prepare", "train", "predict", "score")
_SUMMARY = {
    "prepare": ("curated/enhanced_games", "games"),
    "train": ("game_model", "models"),
    "predict": ("curated/ml_predictions", "predictions"),
    "score": ("curated/ml_model_performance", "performance_rows"),
}


class UnknownJob(ValueError):
    """--select names an unknown job."""


def run_range(
    first: date | None,
    last: date | None,
    select: str | None,
    *,
    rebuild: str | None = None,
    console: Console | None = None,
) -> None:
    """Materialize the days of [first, last] and the months they touch.

    Args:
        first: first official date; default: today.
        last: last official date; default: the first.
        select: jobs, comma separated; default: all.
        rebuild: why features are built anew: a generation of its own begins, and the stored vectors stay as they are.
        console: where the table is printed.

    Raises:
        UnknownJob: `select` names no job.
        ContractError: a table that everything rests on does not fit.
        NothingToRun: no game in the range.
        RunFailed: a Dagster run failed.
        NothingProduced: days with games gave no decision or no prediction.
    """
    console = console or Console()
    jobs = _jobs(select)
    settings = ensure_database()
    with connect(settings.dsn, application_name="mlb_ml:run") as connection:
        require_foundation(connection, "nothing is run, because these tables do not fit")
    steps = plan(first or today(), last or first or today(), jobs=jobs)
    if rebuild is not None:
        # Only now: a generation without days hides the features of the one before.
        with connect(settings.dsn, application_name="mlb_ml:run") as connection:
            console.print(f"features are built as version {begin_feature_generation(connection, rebuild)}")
    from mlb_ml_assets.definitions import build_definitions

    began = time.monotonic()
    results: list[StepResult] = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with dagster_instance() as instance, Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("starting", total=len(steps))
        for result in execute(
            steps,
            build_definitions(),
            instance,
            on_step=lambda step: progress.update(bar, description=f"{step.season} {step.job}"),
            beside=dagster_instance,
        ):
            results.append(result)
            progress.advance(bar)
    results.sort(key=lambda result: steps.index(result.step))
    console.print(_summary(results, time.monotonic() - began))
    with connect(settings.dsn, application_name="mlb_ml:run") as connection:
        zeros = explain_zeros(results, read_next_commands(connection))
    for zero in zeros:
        console.print(str(zero), highlight=False, markup=False, soft_wrap=True)
    require_products(results, zeros)


def _jobs(select: str | None) -> tuple[str, ...] | None:
    if select is None:
        return None
    chosen = tuple(part.strip() for part in select.split(","))
    for job in chosen:
        if job not in _JOBS:
            msg = f"--select {job!r}: choose among {', '.join(_JOBS)}"
            raise UnknownJob(msg)
    return chosen


def _summary(results: list[StepResult], seconds: float) -> Table:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table = Table(caption=f"{seconds:.0f} s in total, peak memory {peak:,.0f} MB", header_style="bold")
    for name in ("Season", "Job", "From", "To", "Rows", "Seconds"):
        table.add_column(name, justify="right" if name in {"Rows", "Seconds"} else "left")
    for result in results:
        asset, name = _SUMMARY[result.step.job]
        count = result.metadata.get(asset, {}).get(name)
        table.add_row(
            str(result.step.season),
            result.step.job,
            result.step.first_key,
            result.step.last_key,
            "" if count is None else f"{count:,} {name.replace('_', ' ')}",
            f"{result.seconds:.1f}",
        )
    return table
