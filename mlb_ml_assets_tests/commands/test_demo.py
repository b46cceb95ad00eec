"""`mlb-ml demo`, and what a newcomer clicks on after it.

Belongs here: that it ends with a board, with the same board again, and that Materialize does something on each asset.
Not here: the league (simulation/), its days and schedules (automation/test_demo_days.py).
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlb_ml_assets_tests.conftest import free_ports
from mlb_ml_assets_tests.dagster_ui import DagsterUI

PORTS = ("MLB_ML_MLFLOW_PORT", "MLB_ML_DAGSTER_PORT", "MLB_ML_API_PORT", "MLB_ML_LEAGUE_PORT")
# A decision, which it reports in words.
IN_WORDS = {"champion"}


def environment_of(home: Path) -> dict[str, str]:
    """Of a user without settings of any other database, who keeps everything in `home`."""
    others = ("POSTGRES_", "MLFLOW_", "DAGSTER_", "MLB_ML_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**environment, "MLB_ML_HOME": str(home)}


def mlb_ml(home: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mlb_ml_assets.cli", *arguments],
        capture_output=True, text=True, check=False, env=environment_of(home),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def demo_home() -> Iterator[Path]:
    """The home that a demo left, with a space in its path, where the server's own user can reach it."""
    folder = Path(tempfile.mkdtemp(prefix="mlb_ml-"))
    folder.chmod(0o755)
    home = folder / "a home"
    assert "simulated league" in mlb_ml(home, "demo")
    yield home
    mlb_ml(home, "--demo", "down")
    shutil.rmtree(folder)


@pytest.fixture
def dagster_ui(demo_home) -> Iterator[DagsterUI]:
    """Dagster of `mlb-ml --demo up`."""
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    up = subprocess.Popen(
        [sys.executable, "-m", "mlb_ml_assets.cli", "--demo", "up"], env={**environment_of(demo_home), **ports},
        stdout=(demo_home / "up.txt").open("w"), stderr=subprocess.STDOUT,
    )  # fmt: skip
    while "Ctrl-C stops" not in (printed := (demo_home / "up.txt").read_text()):
        assert up.poll() is None, printed
        time.sleep(0.2)
    token = (demo_home / "demo" / "run" / "dagster.token").read_text()
    yield DagsterUI(f"http://127.0.0.1:{ports['MLB_ML_DAGSTER_PORT']}", token)
    mlb_ml(demo_home, "--demo", "down")
    assert up.wait(30) == 0


@pytest.mark.long
def test_a_second_demo_ends_with_the_same_board(demo_home):
    """The first two commands that anybody types; a board that changes by itself is no board."""
    first = mlb_ml(demo_home, "--demo", "board", "--json")
    assert first.count("home_team") > 3
    mlb_ml(demo_home, "demo")
    assert mlb_ml(demo_home, "--demo", "board", "--json") == first


@pytest.mark.long
def test_materialize_on_the_latest_partition_of_any_asset_does_something(dagster_ui):
    """ "Latest" was an empty day: the first click of a newcomer succeeded, and nothing had happened."""
    steps = dagster_ui.materializable_steps()
    assert len(steps) > 12
    empty = []
    for step in steps:
        run = dagster_ui.launch(step)
        status = dagster_ui.wait(run)
        assert status == "SUCCESS", (step, status)
        for key, numbers in dagster_ui.reported_numbers(step, run).items():
            if not any(numbers.values()) and key not in IN_WORDS:
                empty.append((key, numbers))
    assert not empty
