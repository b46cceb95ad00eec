"""MLflow's runs of a Dagster run.

Belongs here: one session a Dagster run, one run a month and target below it, and the state that each ends in.
Not here: what is logged (test_logged_model.py).
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter

import dagster as dg
import pytest

from mlb_ml_assets.definitions import build_definitions
from mlb_ml_assets.registry.aliases import REGISTERED_MODEL
from mlb_ml_assets.registry.experiments import EXPERIMENT_NAMES
from mlb_ml_assets.registry.tracking import use_tracking_store
from mlb_ml_assets_tests.chain import RANGE_END, RANGE_START, run_job

APRIL, MAY = "2024-04-01", "2024-05-01"


def mlflow_client():
    from mlflow import MlflowClient

    use_tracking_store()
    return MlflowClient()


def active_run():
    from mlflow import active_run as active

    return active()


def runs_of(dagster_run_id):
    client = mlflow_client()
    experiments = {client.get_experiment_by_name(name).experiment_id: name for name in EXPERIMENT_NAMES.values()}
    found = client.search_runs(list(experiments), filter_string=f"tags.dagster_run_id = '{dagster_run_id}'")
    return found, experiments


def tree_of(dagster_run_id):
    """(session, {(month, target): run}), having checked how they hang together."""
    found, experiments = runs_of(dagster_run_id)
    sessions = [run for run in found if run.data.tags["prediction_target"] == "session"]
    assert len(sessions) == 1
    (session,) = sessions
    months = {
        (run.data.tags["model_version"], run.data.tags["prediction_target"]): run for run in found if run is not session
    }
    assert len(months) == len(found) - 1
    for (version, target), run in months.items():
        assert experiments[run.info.experiment_id] == EXPERIMENT_NAMES[target]
        parent = session if target == "home_ml" else months[version, "home_ml"]
        assert run.data.tags["mlflow.parentRunId"] == parent.info.run_id
    return session, months


def states(dagster_run_id):
    found, _ = runs_of(dagster_run_id)
    return Counter(run.info.status for run in found)


def materialize_in_ui(first, last, **more):
    """What the button does: the implicit job, without the jobs' hooks."""
    return build_definitions().resolve_implicit_global_asset_job_def().execute_in_process(
        asset_selection=[dg.AssetKey("game_model")],
        instance=dg.DagsterInstance.ephemeral(),
        tags={RANGE_START: first, RANGE_END: last},
        raise_on_error=False,
        **more,
    )  # fmt: skip


def test_a_range_of_months_is_one_session_with_a_run_a_month_and_target(prepared):
    """dagster-mlflow takes any run with the Dagster run's id for its session, so months must not answer to it."""
    result = run_job("train", APRIL, MAY)
    assert result.success
    session, months = tree_of(result.run_id)
    assert set(months) == {(month, target) for month in ("2024-04", "2024-05") for target in EXPERIMENT_NAMES}
    assert {run.info.status for run in (session, *months.values())} == {"FINISHED"}


def test_materialize_in_the_ui_leaves_nothing_running(prepared):
    """The implicit job has no hooks: dagster-mlflow alone would leave its run RUNNING forever."""
    result = materialize_in_ui(MAY, MAY)
    assert result.success
    session, months = tree_of(result.run_id)
    assert len(months) == 3
    assert {run.info.status for run in (session, *months.values())} == {"FINISHED"}
    assert active_run() is None


def test_a_session_cut_before_its_first_word_is_ended_by_the_next(prepared, monkeypatch):
    """Between a run's creation and its tags a kill left a run of unknown origin RUNNING forever."""
    import mlflow

    def killed(_tags):
        # What a SIGKILL leaves: no step of ours or of dagster-mlflow's is done after this one.
        while mlflow.active_run() is not None:
            mlflow.tracking.fluent._active_run_stack.get().pop()
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(mlflow, "set_tags", killed)
        assert not materialize_in_ui(MAY, MAY).success
    running = running_runs(prepared)
    assert len(running) == 1
    assert materialize_in_ui(MAY, MAY).success
    assert running_runs(prepared) == []


def running_runs(database):
    with database.connect() as connection:
        return connection.execute("SELECT run_uuid FROM mlflow.runs WHERE status = 'RUNNING'").fetchall()


@pytest.mark.parametrize("way", ["job with hook", "materialize in the UI"])
def test_a_failure_in_the_second_month_fails_that_month_and_the_session(prepared, monkeypatch, way):
    """A step that dies between start and end of a run must not leave it open, nor take the good month with it."""
    from mlb_ml_assets.registry import game_model_runs

    register, calls = game_model_runs._register, []

    def failing(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the registry is away")
        return register(*arguments)

    monkeypatch.setattr(game_model_runs, "_register", failing)
    result = run_job("train", APRIL, MAY) if way == "job with hook" else materialize_in_ui(APRIL, MAY)
    assert not result.success
    session, months = tree_of(result.run_id)
    assert session.info.status == "FAILED"
    assert {key: run.info.status for key, run in months.items()} == {
        **{("2024-04", target): "FINISHED" for target in EXPERIMENT_NAMES},
        ("2024-05", "home_ml"): "FAILED",
    }
    assert active_run() is None
    with prepared.connect() as connection:
        assert connection.execute("SELECT model_version FROM curated.game_models").fetchall() == [("2024-04",)]


@pytest.mark.parametrize("broken", ["log_batch", "log_outputs", "log_model_artifacts"])
def test_a_failing_call_of_mlflow_leaves_neither_run_nor_model_unfinished(prepared, broken):
    """Runs opened through the client are ended by nobody else: one failed call would leave them RUNNING."""
    from mlflow import MlflowClient

    whole, calls = getattr(MlflowClient, broken), []

    def failing(client, *given, **named):
        # Parameters are of months, tags of the session; the second are those of a run below the first.
        calls.append(broken != "log_batch" or bool(named.get("params")))
        if sum(calls) == (2 if broken == "log_batch" else 1) and calls[-1]:
            raise RuntimeError("the store is away")
        return whole(client, *given, **named)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(MlflowClient, broken, failing)
        result = run_job("train", MAY, MAY)
    assert not result.success
    assert running_runs(prepared) == []
    session, months = tree_of(result.run_id)
    assert session.info.status == "FAILED"
    assert [run.info.status for run in months.values()] == ["FAILED"] * (2 if broken == "log_batch" else 1)
    with prepared.connect() as connection:
        (status,) = connection.execute("SELECT status FROM mlflow.logged_models").fetchone()
    # The numbers of READY and FAILED in MLflow's tables.
    assert status == (2 if broken == "log_batch" else 3)


def test_only_the_first_month_creates_the_registered_model(prepared, monkeypatch):
    """Each month tried to, and left an ERROR of a duplicate key in the log of the database server."""
    from mlflow import MlflowClient

    create, created = MlflowClient.create_registered_model, []

    def counted(client, name, **more):
        created.append(name)
        return create(client, name, **more)

    monkeypatch.setattr(MlflowClient, "create_registered_model", counted)
    assert run_job("train", APRIL, MAY).success
    assert created == [REGISTERED_MODEL]
    assert len(mlflow_client().search_model_versions(f"name='{REGISTERED_MODEL}'")) == 2


def train_in_processes():
    """The job as an instance with the multiprocess executor runs it."""
    return dg.define_asset_job(
        "train_in_processes",
        selection=["game_model"],
        hooks=set(build_definitions().resolve_job_def("train").hook_defs),
        executor_def=dg.multiprocess_executor,
    ).resolve(asset_graph=build_definitions().resolve_asset_graph())


def test_step_processes_share_one_session(prepared, tmp_path):
    """Known leak: under the multiprocess executor one Dagster run had three MLflow runs, one of them RUNNING."""
    job = dg.reconstructable(train_in_processes)
    with (
        dg.DagsterInstance.local_temp(str(tmp_path)) as instance,
        dg.execute_job(job, instance, tags={RANGE_START: MAY, RANGE_END: MAY}) as result,
    ):
        assert result.success
        run_id = result.run_id
    session, months = tree_of(run_id)
    assert len(months) == 3
    assert {run.info.status for run in (session, *months.values())} == {"FINISHED"}


KILLED = """
import os, sys, time
from mlb_ml_assets.registry import game_model_runs
def waits(*_):
    print("month is open", flush=True)
    time.sleep(60)
game_model_runs._log_model = waits
from mlb_ml_assets.stack.environment import dagster_instance
from mlb_ml_assets_tests.chain import run_job
with dagster_instance() as instance:
    run_job("train", "2024-05-01", "2024-05-01", instance)
"""


def test_what_a_sigkill_left_running_the_next_run_closes_as_killed(prepared):
    """A SIGKILL leaves no event: the Dagster run stays STARTED, which does not prove that its process lives."""
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert "month is open" in process.stdout.readline()
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    from mlb_ml_assets.stack.environment import dagster_instance

    with dagster_instance() as instance:
        (dead,) = [run.run_id for run in instance.get_runs()]
        assert not instance.get_run_by_id(dead).is_finished
        assert states(dead) == {"RUNNING": 2}
        result = run_job("train", MAY, MAY, instance)
    assert result.success
    assert states(dead) == {"KILLED": 2}
    assert states(result.run_id) == {"FINISHED": 4}


def test_a_run_of_a_living_process_is_left_alone(prepared):
    """Closing a colleague's run would turn its model into a killed one."""
    from mlb_ml_assets.registry.experiments import close_abandoned_runs

    ids = use_tracking_store()
    client = mlflow_client()
    run = client.create_run(ids["home_ml"], start_time=int(time.time() * 1000), tags={"dagster_run_id": "theirs"})
    assert close_abandoned_runs(lambda dagster_run, process: True) == []
    assert client.get_run(run.info.run_id).info.status == "RUNNING"
    assert close_abandoned_runs(lambda dagster_run, process: False) == [run.info.run_id]
