"""What the tests of moving in share: the folder of recorded generations, commands with the earlier system's settings.

Belongs here: fixtures of this room.
Not here: building a generation (generations.py).
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from mlb_ml_assets_tests.drills.proxy import Proxy


@pytest.fixture(scope="session")
def adoption_cases(shared_data: Path) -> Path:
    """Column lists of the generations, the script that fills them and the settings; skips where they are absent."""
    folder = shared_data.parent / "cases" / "adoption"
    if not folder.is_dir():
        pytest.skip(f"no recorded generations at {folder}")
    return folder


@dataclass(frozen=True)
class CommandLine:
    """`mlb-ml` in a folder, whose .env it reads."""

    folder: Path
    environment: Mapping[str, str]

    @property
    def program(self) -> Path:
        return Path(sys.executable).with_name("mlb-ml")

    def __call__(self, *arguments: str, code: int = 0, **environment: str) -> str:
        """Run a command that must end with `code`; its output, with that of a failure also its message."""
        done = subprocess.run(
            [self.program, *arguments],
            cwd=self.folder, env={**self.environment, **environment}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, (arguments, done.stdout[-3000:], done.stderr[-3000:])
        return done.stdout + done.stderr if code else done.stdout


@pytest.fixture
def mlb_ml(adoption_cases, empty_database, tmp_path):
    """The command in a folder whose .env is that of the earlier system, but for the server's address."""
    settings = empty_database.settings
    server = Proxy(f"{settings.host}/.s.PGSQL.{settings.port}")
    given = (adoption_cases / "existing.env").read_text()
    for name, value in {"PORT": server.port, "DB": settings.database, "USER": settings.user}.items():
        given = re.sub(rf"^(POSTGRES_{name})=.*$", rf"\1={value}", given, flags=re.MULTILINE)
    (tmp_path / ".env").write_text(given)
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith(("POSTGRES_", "MLFLOW_", "MLB_ML_"))
    }
    yield CommandLine(tmp_path, inherited | {"MLB_ML_HOME": str(tmp_path / ".mlb_ml")})
    server.close()
