"""What MLflow may forget: runs that somebody deleted in its UI, which it only marks.

Belongs here: the collection of deleted runs.
Not here: delete anything that nobody deleted; models that predictions name are kept for ever.
"""

from datetime import timedelta

from mlb_ml_assets.warehouse.settings import DatabaseSettings


def drop_deleted_runs(older_than: timedelta) -> bool:
    """Remove runs deleted longer ago than that, with their artifacts; False where the store is not ours.

    MLflow's own command, called in this process: its address carries a password that a command line would show.
    """
    from mlflow.cli import gc

    settings = DatabaseSettings.from_environment()
    backend = settings.mlflow_backend_uri
    if settings.given_mlflow_tracking and not settings.given_mlflow_backend:
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
