"""Commands on a home that cannot be written: its disk is full, or mounted read-only.

Belongs here: what `status` and `board` print then. Needs root, to mount a small disk.
Not here: other refusals of a folder (test_environment.py).
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets_tests.stack.own_servers import SMALL

pytestmark = pytest.mark.long

_MLB_ML = "from mlb_ml_assets.entry import main; main()"
_HAVE_BEEN_UP = (
    "from mlb_ml_assets.stack.database import ensure_database; "
    "from mlb_ml_assets.stack.service_list import declared_services; declared_services(ensure_database())"
)


def _mount(*arguments: str | Path) -> None:
    done = subprocess.run(["mount", *arguments], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def home(folder) -> Iterator[Path]:
    """An installation that has been up, on a disk of its own; its database runs."""
    if os.geteuid() != 0:
        pytest.skip("mounting a disk needs root")
    disk = folder / "disk"
    disk.mkdir()
    _mount("-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", disk)
    server = EmbeddedServer(disk / "home")
    try:
        server.start(SMALL)
        _run(server.home, _HAVE_BEEN_UP).check_returncode()
        yield server.home
        (disk / "filler").unlink(missing_ok=True)
    finally:
        server.stop()
        subprocess.run(["umount", disk], check=True)


def _run(home: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    hidden = ("POSTGRES_", "MLFLOW_", "DAGSTER_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**environment, "MLB_ML_HOME": str(home)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def _status_and_board_work(home: Path) -> None:
    status, board = _run(home, _MLB_ML, "status"), _run(home, _MLB_ML, "board")
    for done in (status, board):
        assert "Traceback" not in done.stderr + done.stdout
    assert status.returncode == 3, status.stderr
    assert "database" in status.stdout
    assert "no predictions yet" in board.stderr  # it has read the database


def _fill(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as filler:
        while True:
            filler.write(b"0" * 65536)


def test_status_and_board_work_on_a_full_disk(home):
    """The day on which they are needed: to read a secret, a new one was written first."""
    with pytest.raises(OSError, match="No space left"):
        _fill(home.parent)
    _status_and_board_work(home)
    written = _run(home, _MLB_ML, "api-key", "create", "me")
    assert (written.returncode, "Traceback" in written.stderr) == (1, False)
    assert "No space left" in written.stderr


def test_status_and_board_work_on_a_read_only_disk(home, folder):
    """They wrote dagster.yaml first, and ended in a traceback."""
    view = folder / "view"
    view.mkdir()
    _mount("--bind", home.parent, view)
    try:
        _mount("-o", "remount,ro,bind", view)
        _status_and_board_work(view / "home")
    finally:
        subprocess.run(["umount", view], check=True)
