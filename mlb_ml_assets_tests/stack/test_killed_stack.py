"""The real services of `mlb-ml up`, killed one after the other.

Belongs here: that each comes back alone, and that the others answer meanwhile.
Not here: supervision in general (test_services.py), what a client hears (deploy/test_killed_services.py).
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pytest

from mlb_ml_assets_tests.conftest import free_ports
from mlb_ml_assets_tests.stack.own_servers import SMALL

PATHS = {"MLFLOW": "/health", "DAGSTER": "/server_info", "API": "/health/live"}
LISTENERS = {"MLFLOW": "mlflow", "DAGSTER": "dagster-webserver", "API": "api"}


class Stack:
    """`mlb-ml up` on an embedded server of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.printed = home, home.parent / "up.txt"
        self.ports = dict(zip(PATHS, free_ports(len(PATHS)), strict=True))
        hidden = ("MLFLOW_", "POSTGRES_", "DAGSTER_", "MLB_ML_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        ports = {f"MLB_ML_{name}_PORT": str(port) for name, port in self.ports.items()}
        self.environment = {**kept, **ports, "MLB_ML_HOME": str(home)}
        with self.printed.open("w") as out:
            self.process = subprocess.Popen(self._command("up"), env=self.environment, stdout=out, stderr=out)

    def await_line(self, text: str, count: int = 1) -> None:
        while self.printed.read_text().count(text) < count:
            assert self.process.poll() is None, self.printed.read_text()
            time.sleep(0.1)

    def pids(self) -> dict[str, int]:
        record = json.loads((self.home / "run" / "stack.json").read_text())
        return {name: each["pid"] for name, each in record["services"].items()}

    def answers(self, name: str) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}{PATHS[name]}", timeout=30) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def down(self) -> None:
        subprocess.run(self._command("down"), env=self.environment, check=True, capture_output=True)
        self.process.wait(60)

    @staticmethod
    def _command(name: str) -> list[str]:
        return [sys.executable, "-c", f"from mlb_ml_assets.stack.services import {name}; {name}()"]


@pytest.fixture
def stack(server, folder) -> Iterator[Stack]:
    server.start(SMALL)
    stack = Stack(server.home)
    try:
        stack.await_line("Ctrl-C stops")
        yield stack
    finally:
        stack.down()


class Watch:
    """Asks services all the time, and notes who did not answer."""

    def __init__(self, stack: Stack, names: list[str]) -> None:
        self.stack, self.names, self.over = stack, names, threading.Event()
        self.asked, self.silent = 0, []
        self.thread = threading.Thread(target=self._ask)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

    def _ask(self) -> None:
        while not self.over.wait(0.1):
            for name in self.names:
                self.asked += 1
                if not self.stack.answers(name):
                    self.silent.append(name)


@pytest.mark.long
@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.by_hand)])
def test_a_killed_service_comes_back_alone_while_the_others_answer(stack, kills):
    """One dead MLflow ended API, Dagster and database; a dead code server must not take the web server along."""
    # The code server first: it is the one that others depend on.
    names = sorted(stack.pids(), key=lambda name: name != "dagster-code")
    deaths = dict.fromkeys(names, 0)
    for death in range(kills):
        name = names[death % len(names)]
        before = stack.pids()
        with Watch(stack, [each for each, service in LISTENERS.items() if service != name]) as watch:
            os.kill(before[name], signal.SIGKILL)
            deaths[name] += 1
            stack.await_line(f"{name} answers again", deaths[name])
        after = stack.pids()
        assert watch.silent == [], f"no answer of {watch.silent} while {name} was gone"
        assert watch.asked
        assert after.pop(name) != before.pop(name)
        assert after == before
    # The web server found the code server that came back.
    token = (stack.home / "run" / "dagster.token").read_text()
    query = json.dumps(
        {
            "query": "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError {"
            " __typename } } } } }"
        }
    ).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    address = f"http://127.0.0.1:{stack.ports['DAGSTER']}/graphql"
    deadline = time.monotonic() + 120
    while True:
        with urllib.request.urlopen(urllib.request.Request(address, query, headers), timeout=30) as answer:
            (entry,) = json.load(answer)["data"]["workspaceOrError"]["locationEntries"]
        if entry["locationOrLoadError"]["__typename"] == "RepositoryLocation":
            break
        assert time.monotonic() < deadline, entry
        time.sleep(0.5)
