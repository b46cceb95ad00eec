"""The three MLflow experiments, one per prediction target, and the runs in them.

Belongs here: experiment names, creating them with an absolute artifact location, closing abandoned runs, collecting
runs that somebody deleted.
Not here: what is logged of a model (registry/game_model_runs.py), our own tables. Only runs deleted in its UI are ever
removed: models that predictions name are kept forever.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from mlb_ml_assets.domain.markets import MONEYLINE, TARGETS
from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.warehouse.logins import MLFLOW_ROLE
from mlb_ml_assets.warehouse.settings import DatabaseSettings

EXPERIMENT_NAMES: Mapping[str, str] = {target: f"{GAME_MODEL.key}/{target}" for target in TARGETS}
DAGSTER_RUN_TAG = "dagster_run_id"
# host:pid:start of the process that holds a session.
PROCESS_TAG = "process"
# Takes the place of a target in the tag prediction_target.
SESSION = "session"


def ensure_experiments(artifact_root: str) -> dict[str, str]:
    """Experiment id by target, creating what is missing.

    A client without a server would otherwise put artifacts below its own working folder: the location is therefore
    given at creation.

    Args:
        artifact_root: a URI, below which each target gets a folder.
    """
    import mlflow

    location = artifact_root.rstrip("/")
    client = mlflow.MlflowClient()
    ids = {}
    for target, name in EXPERIMENT_NAMES.items():
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            ids[target] = client.create_experiment(
                name, artifact_location=f"{location}/{target}", tags={"prediction_target": target}
            )
        else:
            if experiment.lifecycle_stage == "deleted":
                client.restore_experiment(experiment.experiment_id)
            ids[target] = experiment.experiment_id
    return ids


def session_of(dagster_run_id: str) -> str | None:
    """The session run of a Dagster run, if a process has opened it: months below it carry the same Dagster run id."""
    import mlflow

    client = mlflow.MlflowClient()
    experiment = client.get_experiment_by_name(EXPERIMENT_NAMES[MONEYLINE.target])
    if experiment is None:
        return None
    runs = client.search_runs(
        [experiment.experiment_id],
        filter_string=f"tags.{DAGSTER_RUN_TAG} = '{dagster_run_id}' AND tags.prediction_target = '{SESSION}'",
        max_results=1,
    )
    return runs[0].info.run_id if runs else None


def close_abandoned_runs(is_unfinished: Callable[[str, str | None], bool]) -> list[str]:
    """End as KILLED every run that a finished Dagster run left RUNNING; their ids.

    A SIGKILL leaves no process behind that could end its run.

    Args:
        is_unfinished: whether the Dagster run of that id is still in progress, given also the process that opened its
            session, where the session is still RUNNING.
    """
    import mlflow

    client = mlflow.MlflowClient()
    experiments = [client.get_experiment_by_name(name) for name in EXPERIMENT_NAMES.values()]
    closed = []
    running = client.search_runs(
        [experiment.experiment_id for experiment in experiments if experiment is not None],
        filter_string="attributes.status = 'RUNNING'",
        max_results=1000,
    )
    processes = {
        run.data.tags.get(DAGSTER_RUN_TAG): run.data.tags[PROCESS_TAG]
        for run in running
        if PROCESS_TAG in run.data.tags
    }
    for run in running:
        dagster_run = run.data.tags.get(DAGSTER_RUN_TAG)
        if dagster_run is not None and not is_unfinished(dagster_run, processes.get(dagster_run)):
            client.set_terminated(run.info.run_id, status="KILLED")
            closed.append(run.info.run_id)
    return closed


def drop_deleted_runs(older_than: timedelta) -> bool:
    """Remove runs deleted longer ago than that, with their artifacts; False where the store is not ours.

    MLflow's own command, called in this process: its address carries a password that a command line would show.
    """
    from mlflow.cli import gc

    settings = DatabaseSettings.from_environment()
    # The code server's own role has no right on MLflow's tables.
    backend = settings.log_in_as(MLFLOW_ROLE).mlflow_backend_uri
    if settings.given_mlflow_backend:
        return False
    if settings.given_mlflow_tracking:
        remote = settings.given_mlflow_tracking.startswith(("http://", "https://"))
        if remote and not _is_loopback(settings.given_mlflow_tracking):
            return False
    gc.main(
        ["--backend-store-uri", backend, "--older-than", f"{older_than.days}d"],
        standalone_mode=False,
    )
    return True


def _is_loopback(address: str) -> bool:
    return address.split("://", 1)[1].startswith(("127.0.0.1", "localhost", "[::1]"))
