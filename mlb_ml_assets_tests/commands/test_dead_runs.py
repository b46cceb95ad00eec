"""Runs that a killed command left behind.

Belongs here: which runs are ended, and which are none of ours to end.
Not here: what a killed run leaves in the tables (drills/).
"""

import subprocess
import sys

import dagster as dg
import psutil
import pytest

from mlb_ml_assets.commands.dead_runs import TAG, end_dead_runs, process_tag


@dg.job
def nothing() -> None:
    """A job to have runs of."""


def test_a_run_whose_process_is_gone_is_ended_and_no_other():
    """A killed backfill would stand as started for six hours, and somebody would wait for it."""
    here = process_tag()[TAG]
    machine = here.rsplit(":", 2)[0]
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    gone = f"{child.pid}:{psutil.Process(child.pid).create_time():.0f}"
    child.kill()
    child.wait()
    with dg.DagsterInstance.ephemeral() as instance:
        runs = {
            name: instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED, tags=tags).run_id
            for name, tags in {
                "killed": {TAG: f"{machine}:{gone}"},
                "running": {TAG: here},
                "elsewhere": {TAG: f"not-{machine}:{gone}"},
                "launched": {},
            }.items()
        }
        assert end_dead_runs(instance) == [runs["killed"]]
        status = {name: instance.get_run_by_id(run).status.value for name, run in runs.items()}
        assert status == {"killed": "FAILURE", "running": "STARTED", "elsewhere": "STARTED", "launched": "STARTED"}
        assert end_dead_runs(instance) == []


@pytest.mark.parametrize("told", ["", "somebody's own", "a:b:c"])
def test_a_tag_of_others_is_left_alone(told):
    """A tag that is not of this form must not stop every later run."""
    with dg.DagsterInstance.ephemeral() as instance:
        instance.create_run_for_job(nothing, status=dg.DagsterRunStatus.STARTED, tags={TAG: told} if told else {})
        assert end_dead_runs(instance) == []
