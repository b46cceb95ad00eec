"""`mlb-ml demo` twice.

Belongs here: that it ends with a board, and with the same board again.
Not here: the league (simulation/).
"""

import os
import subprocess
import sys

import pytest


def mlb_ml(home, *arguments):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POSTGRES_")}
    done = subprocess.run(
        [sys.executable, "-m", "mlb_ml_assets.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**environment, "MLB_ML_HOME": str(home)},
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.long
def test_the_demo_ends_with_a_board_and_a_second_one_with_the_same(tmp_path):
    """The first two commands that anybody types; a board that changes by itself is no board."""
    home = tmp_path / "a home"
    try:
        printed = mlb_ml(home, "demo")
        assert "simulated league" in printed
        first = mlb_ml(home, "--demo", "board", "--json")
        mlb_ml(home, "demo")
        assert mlb_ml(home, "--demo", "board", "--json") == first
        assert first.count("home_team") > 3
    finally:
        mlb_ml(home, "--demo", "down")
