"""Materialize a range of days through Dagster, season by season.

Belongs here: which jobs run over which partitions for a range, in which order and process.
Not here: one run (steps.py), the jobs (automation/), the assets.

A Dagster run takes one kind of partition, so a season is four runs: its days' games and features, its months' models,
its days' predictions, its days' scores. Days before the first and after the last game of a season get no partition
work: an event costs 15 ms a partition and asset. Of several seasons, one process prepares days ahead, this one trains
months, and a third predicts and scores days behind it: a season's features need no model, and of predictions a month's
training needs only the scores of seasons before, which it logs.
"""

import importlib
import os
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date

import dagster as dg

from mlb_ml_assets.assets.model import scores_complete_after
from mlb_ml_assets.commands.steps import RunFailed, Step, StepResult, end_dead_runs, run_step
from mlb_ml_assets.commands.worker import OpensInstance, Worker
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
    beside: OpensInstance | None = None,
) -> Iterator[StepResult]:
    """Run the steps and yield each one's result when it is known, after ending runs that a killed command left started.

    Args:
        steps: of `plan`.
        definitions: with the jobs of the steps.
        instance: where this process's runs are recorded.
        on_step: called with each step when it is its turn.
        beside: opens the instance of a process beside this one; None runs all in this process.

    Raises:
        RunFailed: a run failed.
    """
    end_dead_runs(instance)
    before = [step for step in steps if step.job in DAY_JOBS_BEFORE]
    jobs = {step.job for step in steps}
    with ExitStack() as closing:
        ahead = behind = None
        # With one season, or with nothing but its days, there is nothing to run beside.
        if beside and 1 < len(before) < len(steps):
            ahead = closing.enter_context(Worker(beside))
            for step in before:
                ahead.start(step)
            if MONTH_JOB in jobs:
                behind = closing.enter_context(Worker(beside)) if jobs.intersection(DAY_JOBS_AFTER) else None
                # 2 s, in which there is nothing else to do.
                importlib.import_module("mlflow")
        yield from _run_all(steps, ahead, behind, lambda step: run_step(step, definitions, instance), on_step)


def _run_all(
    steps: list[Step],
    ahead: Worker | None,
    behind: Worker | None,
    run_here: Callable[[Step], StepResult],
    on_step: Callable[[Step], None],
) -> Iterator[StepResult]:
    """Run days' preparation in `ahead`, which has them already, predictions and scores in `behind`, the rest here."""
    given: deque[Step] = deque()
    known: list[StepResult] = []

    def wait_for_scores() -> None:
        while given:
            assert behind is not None
            known.append(behind.result(given[0]))
            given.popleft()

    for step in steps:
        on_step(step)
        if ahead and step.job in DAY_JOBS_BEFORE:
            yield ahead.result(step)
        elif behind and step.job in DAY_JOBS_AFTER:
            behind.start(step)
            given.append(step)
        else:
            try:
                with scores_complete_after(wait_for_scores if given else None):
                    result = run_here(step)
            except RunFailed:
                # Where what it waited for has failed, that run's error is the reason.
                wait_for_scores()
                raise
            yield result
        yield from known
        known.clear()
    wait_for_scores()
    yield from known
