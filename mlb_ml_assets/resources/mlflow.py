"""The MLflow session of a Dagster run, through dagster-mlflow, and its end in every case.

Belongs here: the `mlflow` resource, the end-of-run hook, and pointing a process at the tracking store.
Not here: what is logged (registry/).

dagster_mlflow is imported late: it costs three times `import dagster`, and only training needs it. Its own resource
leaves the session RUNNING where a run has no hook (Materialize in the UI, a failure in a step process), so this wrapper
ends the session of its process itself.
"""

import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import dagster as dg

from mlb_ml_assets.registry.experiments import (
    DAGSTER_RUN_TAG,
    EXPERIMENT_NAMES,
    PROCESS_TAG,
    SESSION,
    close_abandoned_runs,
    session_of,
)
from mlb_ml_assets.registry.tracking import use_tracking_store
from mlb_ml_assets.resources.holder import is_gone, this_process


@dg.resource(description="The MLflow run of this Dagster run; months and targets are runs below it.")
def mlflow_session(context: dg.InitResourceContext) -> Iterator[Any]:
    """dagster-mlflow's resource on the experiment of home_ml, ended by the process that holds it.

    Only `game_model` requires it: each step process that names it opens or resumes the session by the Dagster run's
    id, and two at once would race for it.
    """
    import mlflow

    experiment_ids = use_tracking_store()
    instance = context.instance
    if instance is not None:
        close_abandoned_runs(lambda run_id, process: _is_unfinished(instance, run_id, process))
    tags = {DAGSTER_RUN_TAG: context.run_id, "prediction_target": SESSION, PROCESS_TAG: this_process()}
    with ExitStack() as closing:
        closing.callback(_end_active_run)
        session_id = session_of(context.run_id)
        if session_id is None:
            # With its tags at once: dagster-mlflow sets them later, and a run killed in between would belong to no
            # Dagster run, so that nothing would end it.
            name = context.dagster_run.job_name if context.dagster_run else None
            session_id = mlflow.start_run(experiment_id=experiment_ids["home_ml"], run_name=name, tags=tags).info.run_id
        config = {
            "experiment_name": EXPERIMENT_NAMES["home_ml"],
            # Without it, the newest run of that Dagster run would be taken for the session: a month's.
            "mlflow_run_id": session_id,
            "extra_tags": tags,
            "env": {},
        }
        with warnings.catch_warnings():
            # All of dagster-mlflow is marked beta, and warns at import and at each use.
            warnings.simplefilter("ignore", dg.BetaWarning)
            from dagster_mlflow import mlflow_tracking

            session = contextmanager(mlflow_tracking.resource_fn)
            opened = closing.enter_context(session(context.replace_config(config)))
        try:
            yield opened
        finally:
            _end_active_run()


def _end_active_run() -> None:
    import mlflow

    if mlflow.active_run() is not None:
        mlflow.end_run()


@contextmanager
def session_run(opened: Any) -> Iterator[str]:
    """The id of the session's run for the length of a step; a failure in the step ends the run as FAILED."""
    try:
        yield opened.active_run().info.run_id
    except BaseException:
        while opened.active_run() is not None:
            opened.end_run("FAILED")
        raise


def _end_mlflow(context: dg.HookContext, event_list: Any) -> dg.HookExecutionResult:
    from dagster_mlflow import end_mlflow_on_run_finished as hook

    return hook.hook_fn(context, event_list)


# dagster-mlflow's hook of the same name, imported when it is called.
end_mlflow_on_run_finished = dg.HookDefinition(
    name="end_mlflow_on_run_finished", hook_fn=_end_mlflow, required_resource_keys={"mlflow"}
)


def _is_unfinished(instance: dg.DagsterInstance, run_id: str, process: str | None) -> bool:
    """Dagster's record, except for a process of this machine that is gone: a SIGKILL leaves no event."""
    run = instance.get_run_by_id(run_id)
    return run is not None and not run.is_finished and not is_gone(process)
