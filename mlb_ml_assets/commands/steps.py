"""One Dagster run over a range of partitions, in this process.

Belongs here: a step, running it, its result or its failure in a sentence, and ending runs whose process is gone.
Not here: which steps a range needs, and their order (materialize.py); runs of the daemon, which Dagster monitors.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass

import dagster as dg
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import DBAPIError

from mlb_ml_assets.assets.run_partitions import RANGE_END, RANGE_START
from mlb_ml_assets.resources.holder import is_gone, this_process

# The process of a run that a command executes itself.
PROCESS_TAG = "mlb/process"
# Dagster's console repeats every event that the UI shows, one line a partition and asset.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class RunFailed(RuntimeError):
    """A Dagster run of the range failed; what it had committed is kept, and running it again continues from there."""


@dataclass(frozen=True)
class Step:
    """One Dagster run of the plan."""

    job: str
    season: int
    first_key: str
    last_key: str


@dataclass(frozen=True)
class StepResult:
    """A step and what its assets reported, by asset key."""

    step: Step
    run_id: str
    seconds: float
    metadata: dict[str, dict[str, object]]


def run_step(step: Step, definitions: dg.Definitions, instance: dg.DagsterInstance) -> StepResult:
    """Run one step to its end.

    Raises:
        RunFailed: the run failed; its error is the cause's text, or that the database went away for too long.
    """
    began = time.monotonic()
    try:
        result = definitions.resolve_job_def(step.job).execute_in_process(
            instance=instance,
            tags={RANGE_START: step.first_key, RANGE_END: step.last_key, PROCESS_TAG: this_process()},
            run_config=_QUIET,
            raise_on_error=False,
        )
    except (DagsterPostgresException, DBAPIError) as error:
        raise RunFailed(
            f"job {step.job}, {step.first_key} to {step.last_key}: Dagster could not use its tables: "
            f"{_innermost(error)}. Committed rows remain; remove the cause and run the same command again"
        ) from error
    if not result.success:
        raise RunFailed(failure_text(step, result.run_id, result.all_events))
    return StepResult(step, result.run_id, time.monotonic() - began, reported(result.all_events))


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Mark runs as failed that a process of this machine started and that no process executes; their ids.

    A killed command otherwise leaves them as started in the UI until Dagster's limit of six hours.
    """
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        if is_gone(run.tags.get(PROCESS_TAG)):
            instance.report_run_failed(run, "its process is gone: killed, or the machine went down")
            ended.append(run.run_id)
    return ended


def _innermost(error: BaseException) -> str:
    """The first line of the reason that the server or the driver gave."""
    while (cause := getattr(error, "orig", None) or error.__cause__) is not None:
        error = cause
    return (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")


def reported(events: Iterable[dg.DagsterEvent]) -> dict[str, dict[str, object]]:
    """What the assets of a run reported, by asset key; of several partitions the last."""
    metadata: dict[str, dict[str, object]] = {}
    for event in events:
        if not event.is_step_materialization:
            continue
        materialization = event.step_materialization_data.materialization
        key = materialization.asset_key.to_user_string()
        metadata[key] = {name: value.value for name, value in materialization.metadata.items()}
    return metadata


def failure_text(step: Step, run_id: str, events: Iterable[dg.DagsterEvent]) -> str:
    """The innermost error of the first step that failed, or of what failed before any step began: a resource."""
    events = list(events)
    failures = [event for event in events if event.is_step_failure]
    failed = [
        (event.step_key or "before the first step", error)
        for event in failures or events
        if (error := getattr(event.event_specific_data, "error", None)) is not None
    ]
    place, error = failed[0] if failed else ("before the first step", None)
    while error is not None and error.cause is not None:
        error = error.cause
    reason = error.message.strip() if error is not None else f"no error recorded; see run {run_id} in Dagster"
    return f"job {step.job}, {step.first_key} to {step.last_key}, step {place}: {reason}"
