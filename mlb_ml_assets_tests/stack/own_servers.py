"""Servers of a test's own, apart from the one that all tests share.

Belongs here: what tests of this folder say to such a server.
Not here: fixtures (conftest).
"""

import os
import subprocess
import sys

from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.warehouse.settings import DatabaseSettings

SMALL = {"shared_buffers": "16MB", "fsync": "off"}
START = "from mlb_ml_assets.stack.database import ensure_database; print(ensure_database().dsn)"


def settings_of(server: EmbeddedServer) -> DatabaseSettings:
    return DatabaseSettings.from_environment({"MLB_ML_HOME": str(server.home)})


def one_shot(server: EmbeddedServer, code: str = START) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("POSTGRES_")}
    environment["MLB_ML_HOME"] = str(server.home)
    return subprocess.Popen(
        [sys.executable, "-c", code], env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
