"""The home of the demo's simulated league: beside the project's database, never in it.

Belongs here: pointing this process at the demo's own home and clock.
Not here: the demo itself (demo.py).
"""

import os

from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.warehouse.settings import DEMO_CLOCK, is_demo_home, project_home

_OTHER_DATABASES = (
    "POSTGRES_HOST",
    "POSTGRES_PORT",
    "POSTGRES_DB",
    "POSTGRES_USER",
    "POSTGRES_PASSWORD",
    "MLFLOW_BACKEND_STORE_URI",
    "MLFLOW_TRACKING_URI",
    "MLFLOW_DEFAULT_ARTIFACT_ROOT",
    "DAGSTER_HOME",
)


class NoDemoYet(LookupError):
    """`--demo` before the first `mlb-ml demo`."""


def enter_demo_home(now: str | None = None) -> None:
    """Use <home>/demo with an embedded database of its own, whatever server is configured.

    Args:
        now: the league's present as an ISO instant, stored for later commands; None: read what was stored.

    Raises:
        NoDemoYet: nothing was stored.
    """
    home = project_home() / "demo"
    for name in _OTHER_DATABASES:
        os.environ.pop(name, None)
    os.environ["MLB_ML_HOME"] = str(home)
    clock = home / DEMO_CLOCK
    if now is not None:
        home.mkdir(parents=True, exist_ok=True)
        clock.write_text(now)
    elif not is_demo_home(home):
        raise NoDemoYet(f"there is no demo in {home} yet. Next: mlb-ml demo")
    os.environ[SIMULATED_NOW] = clock.read_text().strip()


def use_demo_home() -> None:
    """For `mlb-ml --demo …`: the home that `mlb-ml demo` left."""
    enter_demo_home()
