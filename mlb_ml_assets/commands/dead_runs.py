"""Dagster runs whose process is gone: a command that was killed, a machine that went down.

Belongs here: marking a command's runs with its process, and ending those whose process no longer runs.
Not here: runs that the daemon launches, which Dagster's run monitoring finds dead itself.
"""

import dagster as dg

from mlb_ml_assets.resources.holder import is_gone, this_process

TAG = "mlb/process"


def process_tag() -> dict[str, str]:
    """The tag of a run that this process executes itself."""
    return {TAG: this_process()}


def end_dead_runs(instance: dg.DagsterInstance) -> list[str]:
    """Report runs as failed that this machine began and that no process executes; gives their ids.

    Without this they stand as started in the UI until Dagster's limit of six hours. What they had committed stands.
    """
    ended = []
    for run in instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        if is_gone(run.tags.get(TAG)):
            instance.report_run_failed(run, "its process is gone: killed, or the machine went down")
            ended.append(run.run_id)
    return ended
