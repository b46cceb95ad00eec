"""The environment of our processes: a .env file, variables for a while, DAGSTER_HOME, and that of a child process.

Belongs here: reading, completing and restoring environment variables; the Dagster instance that they name.
Not here: the meaning of database variables (warehouse/settings.py), the storage of the instance (dagster_storage.py).
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlb_ml_assets.warehouse.settings import DatabaseSettings, source_tree

if TYPE_CHECKING:
    import dagster as dg


def load_env_file(folder: Path | None = None) -> list[str]:
    """Set the variables of `.env` in `folder` (default: the current one) that the environment does not have yet.

    Returns:
        The names that were set.
    """
    path = (folder or Path.cwd()) / ".env"
    if not path.is_file():
        return []
    from dotenv import dotenv_values

    given = {name: value for name, value in dotenv_values(path).items() if value is not None and name not in os.environ}
    os.environ.update(given)
    return sorted(given)


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set these variables for the length of the block, then restore the values of before."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def project_environment(settings: DatabaseSettings) -> dict[str, str]:
    """The environment of every process of the stack: ours, completed so that all of them mean the same places."""
    # An empty variable counts as unset, also for programs that do not think so.
    environment = {name: value for name, value in os.environ.items() if value or not name.startswith("MLFLOW_")}
    environment |= {"MLB_ML_HOME": str(settings.home), "DAGSTER_HOME": str(dagster_home(settings))}
    environment |= {"DAGSTER_DISABLE_TELEMETRY": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONUNBUFFERED": "1"}
    environment.setdefault("MLB_ML_AUTOMATION", "on")
    # Processes run elsewhere than in the folder of the command, which a source tree needs to be found from.
    package = str(Path(__file__).resolve().parents[2])
    paths = [part for part in environment.get("PYTHONPATH", "").split(os.pathsep) if part]
    environment["PYTHONPATH"] = os.pathsep.join(
        dict.fromkeys([package, *(str(Path(part).absolute()) for part in paths)])
    )
    return environment


def dagster_home(settings: DatabaseSettings | None = None) -> Path:
    """The given DAGSTER_HOME, else a folder under MLB_ML_HOME with the project's dagster.yaml.

    Without one Dagster leaves `.tmp_dagster_home_*` in the current folder.
    """
    given = os.environ.get("DAGSTER_HOME", "")
    if given:
        return Path(given)
    settings = settings or DatabaseSettings.from_environment()
    home = settings.home / "dagster"
    home.mkdir(parents=True, exist_ok=True)
    shipped = Path(__file__).with_name("dagster.yaml")
    source = shipped if shipped.is_file() else source_tree() / "dagster.yaml"
    unfinished = home / f".dagster.yaml.{os.getpid()}"
    shutil.copyfile(source, unfinished)
    unfinished.rename(home / "dagster.yaml")
    return home


@contextmanager
def dagster_instance(settings: DatabaseSettings | None = None) -> Iterator["dg.DagsterInstance"]:
    """The project's Dagster instance; its runs and events are those that the UI shows."""
    # 1.3 s that `down` and `status` do not need.
    import dagster as dg

    os.environ["DAGSTER_HOME"] = str(dagster_home(settings))
    with dg.DagsterInstance.get() as instance:
        yield instance
