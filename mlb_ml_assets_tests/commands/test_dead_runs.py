"""Runs that a killed command left behind.

Belongs here: which runs are ended, and which are left alone.
Not here: what a killed run leaves in the tables (drills/).
"""

import subprocess
import sys

import dagster as dg
import psutil
import pytest

from mlb_ml_assets.commands.steps import PROCESS_TAG, end_dead_runs
from mlb_ml_assets.resources.holder import this_process


@dg.job
def nothing() -> None:
    """A job to have runs of."""


def test_a_run_whose_process_is_gone_is_ended_and_no_other():
    """A killed backfill would show as started for six hours, and somebody would wait for it."""
    here = this_process()
    machine = here.rsplit(":", 2)[0]
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    gone = f"{child.pid}:{psutil.Process(child.pid).create_time():.0f}"
    child.kill()
    child.wait()
    with dg.DagsterInstance.ephemeral() as instance:
        runs = {
            name: instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED, tags=tags).run_id
            for name, tags in {
                "killed": {PROCESS_TAG: f"{machine}:{gone}"},
                "running": {PROCESS_TAG: here},
                "elsewhere": {PROCESS_TAG: f"not-{machine}:{gone}"},
                "launched": {},
            }.items()
        }
        assert end_dead_runs(instance) == [runs["killed"]]
        status = {name: instance.get_run_by_id(run).status.value for name, run in runs.items()}
        assert status == {"killed": "FAILURE", "running": "STARTED", "elsewhere": "STARTED", "launched": "STARTED"}
        assert end_dead_runs(instance) == []


@pytest.mark.parametrize("value", ["", "another program's", "a:b:c"])
def test_a_tag_of_another_program_is_left_alone(value):
    """A tag of another form must not stop every later run."""
    with dg.DagsterInstance.ephemeral() as instance:
        instance.create_run_for_job(
            nothing, status=dg.DagsterRunStatus.STARTED, tags={PROCESS_TAG: value} if value else {}
        )
        assert end_dead_runs(instance) == []
