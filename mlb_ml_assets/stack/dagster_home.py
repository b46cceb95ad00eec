"""The DAGSTER_HOME of our own processes, and the instance in it.

Belongs here: the folder under MLB_ML_HOME with the project's dagster.yaml, an open instance for commands.
Not here: the instance's settings (dagster.yaml), its storage (dagster_storage).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlb_ml_assets.warehouse.settings import DatabaseSettings, source_tree

if TYPE_CHECKING:
    import dagster as dg


def dagster_home(settings: DatabaseSettings | None = None) -> Path:
    """DAGSTER_HOME as it was given, else a folder under MLB_ML_HOME with the project's dagster.yaml.

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
