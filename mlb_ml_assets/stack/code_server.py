"""Dagster's code server of the local stack, on a socket that only its owner reaches.

Belongs here: where the socket is, `dagster code-server start` on it.
Not here: what it serves (definitions.py), the code server of the containers (docker-compose.yml).

A code server executes what it is sent and knows no login: on a port, every user of the machine could send it a run. It
is a process of its own so that the web server and the daemon need no rights on our tables.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Final

from mlb_ml_assets.stack.server_user import ServerUser
from mlb_ml_assets.warehouse.settings import default_socket_folder, project_home

WORKSPACE: Final = Path(__file__).with_name("workspace.yaml")
# Read by WORKSPACE.
SOCKET_VARIABLE: Final = "MLB_ML_CODE_SOCKET"
_NAME: Final = "code.sock"


def code_socket(home: Path) -> Path:
    """The socket of the code server of an installation."""
    return default_socket_folder(home / "run") / _NAME


def answers(home: Path) -> bool:
    """Whether the code server listens; it does once its definitions are loaded, or known to fail."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        return client.connect_ex(str(code_socket(home))) == 0


def main(arguments: list[str]) -> None:
    """`dagster code-server start` with these options."""
    place = code_socket(project_home())
    ServerUser("", os.geteuid(), os.getegid()).own(place.parent)
    os.umask(0o077)
    from dagster._cli import main as dagster

    sys.argv = ["dagster", "code-server", "start", "--socket", str(place), *arguments]
    dagster()


if __name__ == "__main__":
    main(sys.argv[1:])
