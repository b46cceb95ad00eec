"""Materialize a range of days through Dagster, season by season, in this process.

Belongs here: which jobs run over which partitions for a range, in which order, with progress and a summary.
Does not: the jobs (automation/), the assets.

A Dagster run takes one kind of partition, so a season is four runs: its days' games and features, its months' models,
its days' predictions, its days' scores. Days before the first and after the last game of a season get no partition
work: an event costs 15 ms a partition and asset.
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

import dagster as dg
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import DBAPIError

from mlb_ml_assets.commands.dead_runs import end_dead_runs, process_tag
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.season_spans import season_spans
from mlb_ml_assets.warehouse.settings import DatabaseSettings

# Halves the event cost of a range run; read by Dagster in the run's own environment.
os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")

_RANGE_START = "dagster/asset_partition_range_start"
_RANGE_END = "dagster/asset_partition_range_end"
# Dagster's console repeats every event that the UI shows, one line a partition and asset.
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
DAY_JOBS_BEFORE = ("prepare",)
DAY_JOBS_AFTER = ("predict", "score")
MONTH_JOB = "train"


class NothingToRun(LookupError):
    """The asked range holds no game."""


class RunFailed(RuntimeError):
    """A Dagster run of the range failed; what it had committed stands, and a re-run takes it up from there."""


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


def plan(first: date, last: date, *, jobs: tuple[str, ...] | None = None) -> list[Step]:
    """The runs for the games of [first, last], in order.

    Raises:
        NothingToRun: no game in the range.
    """
    with connect(DatabaseSettings.from_environment().dsn, application_name="mlb_ml:plan") as connection:
        spans = season_spans(connection, first, last)
    if not spans:
        msg = (
            f"no game between {first} and {last} in the database: load history with `mlb-ml history import PATH`, "
            "or ingest a schedule with `mlb-ml ingest mlb_stats_api --date D`"
        )
        raise NothingToRun(msg)
    steps = []
    for season, (first_day, last_day) in sorted(spans.items()):
        days = (first_day.isoformat(), last_day.isoformat())
        months = (first_day.replace(day=1).isoformat(), last_day.replace(day=1).isoformat())
        steps += [Step(job, season, *days) for job in DAY_JOBS_BEFORE]
        steps.append(Step(MONTH_JOB, season, *months))
        steps += [Step(job, season, *days) for job in DAY_JOBS_AFTER]
    return [step for step in steps if jobs is None or step.job in jobs]


def execute(
    steps: list[Step],
    definitions: dg.Definitions,
    instance: dg.DagsterInstance,
    on_step: Callable[[Step], None],
) -> Iterator[StepResult]:
    """Run the steps one after the other, giving each result as it ends; first end what a killed command left started.

    Raises:
        RunFailed: a run failed; its error is the cause's text, or that the database went away for too long.
    """
    end_dead_runs(instance)
    for step in steps:
        on_step(step)
        began = time.monotonic()
        try:
            result = definitions.resolve_job_def(step.job).execute_in_process(
                instance=instance,
                tags={_RANGE_START: step.first_key, _RANGE_END: step.last_key, **process_tag()},
                run_config=_QUIET,
                raise_on_error=False,
            )
        except (DagsterPostgresException, DBAPIError) as error:
            raise RunFailed(
                f"job {step.job}, {step.first_key} to {step.last_key}: Dagster lost its database. What was committed "
                "stands; run the same command again once the database answers"
            ) from error
        if not result.success:
            raise RunFailed(_failure_text(step, result))
        yield StepResult(step, result.run_id, time.monotonic() - began, _reported(result))


def _reported(result: dg.ExecuteInProcessResult) -> dict[str, dict[str, object]]:
    metadata: dict[str, dict[str, object]] = {}
    for event in result.get_asset_materialization_events():
        materialization = event.step_materialization_data.materialization
        key = materialization.asset_key.to_user_string()
        metadata[key] = {name: value.value for name, value in materialization.metadata.items()}
    return metadata


def _failure_text(step: Step, result: dg.ExecuteInProcessResult) -> str:
    failures = [event for event in result.all_events if event.is_step_failure]
    if not failures:
        return f"run {result.run_id} of job {step.job} failed before its first step; see the Dagster UI"
    event = failures[0]
    error = event.step_failure_data.error
    while error is not None and error.cause is not None:
        error = error.cause
    reason = error.message.strip() if error is not None else "no error recorded"
    return f"job {step.job}, {step.first_key} to {step.last_key}, step {event.step_key}: {reason}"
