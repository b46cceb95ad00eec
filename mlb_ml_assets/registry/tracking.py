"""This process's connection to the tracking store.

Belongs here: pointing the MLflow client at the configured store.
Not here: what is logged (experiments.py, game_model_runs.py), the session of a Dagster run (resources/mlflow.py).
"""

import logging
import os

from mlb_ml_assets.registry.experiments import ensure_experiments


def use_tracking_store() -> dict[str, str]:
    """Point this process's MLflow client at the configured store; the experiment id of each target.

    Raises:
        MlflowStoreNotOurs: the client would open a given store directly, and upgrade it by that.
    """
    import mlflow

    from mlb_ml_assets.warehouse.mlflow_store import require_usable_store
    from mlb_ml_assets.warehouse.settings import DatabaseSettings

    settings = DatabaseSettings.from_environment()
    if settings.mlflow_tracking_uri == settings.mlflow_backend_uri:
        require_usable_store(settings)
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")
    logging.getLogger("mlflow").setLevel(logging.WARNING)
    # Warns at every model that no pip is installed, as in environments that uv makes; we name the requirements.
    logging.getLogger("mlflow.utils.environment").setLevel(logging.ERROR)
    # Printed to standard error at every model; the run and the registry show it anyway.
    os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
    mlflow.set_tracking_uri(settings.mlflow_tracking_uri)
    mlflow.set_registry_uri(settings.mlflow_tracking_uri)
    return ensure_experiments(settings.artifact_root)
