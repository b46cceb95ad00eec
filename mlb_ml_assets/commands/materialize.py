"""Materialize a range of days through Dagster, season by season.

Belongs here: which jobs run over which partitions for a range, in which order and process.
Not here: one run (steps.py), the jobs (automation/), the assets.

A Dagster run takes one kind of partition, so a season is four runs: its days' games and features, its months' models,
its days' predictions, its days' scores. Days before the first and after the last game of a season get no partition
work: an event costs 15 ms a partition and asset. Of several seasons, days are prepared in a second process, ahead of
the rest.
"""

import importlib
import os
from collections.abc import Callable, Iterator
from datetime import date

import dagster as dg

from mlb_ml_assets.commands.prepare_ahead import OpensInstance, PrepareAhead
from mlb_ml_assets.commands.steps import Step, StepResult, end_dead_runs, run_step
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.warehouse.board import read_season_spans
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings

# Halves the event cost of a range run; read by Dagster in the run's own environment.
os.environ.setdefault("DAGSTER_EVENT_BATCH_SIZE", "1000")

DAY_JOBS_BEFORE = ("prepare",)
DAY_JOBS_AFTER = ("predict", "score")
MONTH_JOB = "train"


class NothingToRun(LookupError):
    """The requested range holds no game."""


def plan(first: date, last: date, *, jobs: tuple[str, ...] | None = None) -> list[Step]:
    """The runs for the games of [first, last], in order.

    Raises:
        NothingToRun: no game in the range.
    """
    with connect(DatabaseSettings.from_environment().dsn, application_name="mlb_ml:plan") as connection:
        spans = read_season_spans(connection, first, last)
        if not spans:
            command = read_next_commands(connection).for_games(first, last)
            raise NothingToRun(f"no game between {first} and {last} in the database. Next: {command}")
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
    *,
    ahead: OpensInstance | None = None,
) -> Iterator[StepResult]:
    """Run the steps and yield their results in order, after ending runs that a killed command left started.

    Args:
        steps: of `plan`.
        definitions: with the jobs of the steps.
        instance: where this process's runs are recorded.
        on_step: called with each step before its result is awaited.
        ahead: opens the instance of a second process, which prepares days ahead; None runs all in this process.

    Raises:
        RunFailed: a run failed.
    """
    end_dead_runs(instance)
    before = [step for step in steps if step.job in DAY_JOBS_BEFORE]
    # With one season, or with nothing but its days, there is nothing to run ahead of.
    worker = PrepareAhead(before, ahead) if ahead and 1 < len(before) < len(steps) else None
    if worker and any(step.job == MONTH_JOB for step in steps):
        # 2 s, in which there is nothing else to do.
        importlib.import_module("mlflow")
    try:
        for step in steps:
            on_step(step)
            yield worker.result(step) if worker and step in before else run_step(step, definitions, instance)
    finally:
        if worker:
            worker.close()
