"""The tables of MLflow and Dagster in the embedded database, created by its owner.

Belongs here: whether they exist, creating them in a process that ends.
Not here: what they look like (MLflow and Dagster make them), the same for a given server (`mlb-ml migrate`).

MLflow's server and Dagster's processes log in as roles that create no table.
"""

import subprocess
import sys

from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.environment import dagster_instance, project_environment
from mlb_ml_assets.stack.errors import StackError
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.mlflow_store import has_usable_store
from mlb_ml_assets.warehouse.settings import DatabaseSettings

# Each creates its own where it is missing.
_DAGSTER_TABLES = ("dagster.runs", "dagster.event_logs", "dagster.instigators")


class TablesNotCreated(StackError, RuntimeError):
    """MLflow or Dagster did not create its tables; the message ends with what it printed."""


def ensure_program_tables(settings: DatabaseSettings) -> None:
    """Have the tables in the embedded database, those of MLflow where its store is ours.

    In a process of its own: this one stays as long as the stack, and both programs imported are 300 MB.

    Raises:
        TablesNotCreated: the process failed.
    """
    if not (_lacks_mlflow(settings) or _lacks_dagster(settings)):
        return
    command = [sys.executable, "-m", "mlb_ml_assets.stack.program_tables"]
    environment = project_environment(settings)
    done = subprocess.run(
        command, env=environment, cwd=settings.home, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-12:])
        raise TablesNotCreated(f"the tables of MLflow and Dagster were not created (exit {done.returncode}):\n{last}")


def _lacks_mlflow(settings: DatabaseSettings) -> bool:
    is_ours = not settings.has_mlflow_server and not settings.given_mlflow_backend
    return is_ours and not has_usable_store(settings)


def _lacks_dagster(settings: DatabaseSettings) -> bool:
    with connect(settings.dsn, "mlb_ml:setup", autocommit=True) as connection:
        row = connection.execute(
            "SELECT bool_and(to_regclass(name) IS NOT NULL) FROM unnest(%s::text[]) AS name", (list(_DAGSTER_TABLES),)
        ).fetchone()
    return row != (True,)


def main() -> None:
    """Create what is missing."""
    settings = ensure_database()
    if _lacks_mlflow(settings):
        from mlb_ml_assets.stack.mlflow_server import migrate_mlflow

        migrate_mlflow(settings)
    if _lacks_dagster(settings):
        with dagster_instance(settings):
            pass  # opening it creates them


if __name__ == "__main__":
    main()
