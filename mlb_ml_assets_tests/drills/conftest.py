"""Fixtures of the drills, and the table of faults and outcomes at the end of the run.

Belongs here: the chain's databases, a server of a drill's own.
Does not: what is done to them (test_*.py).
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets_tests.chain import played, played_template, prepared, prepared_template
from mlb_ml_assets_tests.drills.world import OUTCOMES

__all__ = ["own_server", "played", "played_template", "prepared", "prepared_template"]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if OUTCOMES.lines:
        terminalreporter.section("faults and outcomes")
        for line in OUTCOMES.lines:
            terminalreporter.line(line)
        if os.environ.get("MLB_ML_DRILL_REPORT"):
            Path(os.environ["MLB_ML_DRILL_REPORT"]).write_text("\n".join([*OUTCOMES.lines, ""]))


@pytest.fixture
def own_server() -> Iterator[EmbeddedServer]:
    """An embedded server that a drill may kill: durable, in a folder that the server's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="mlb_ml-drill-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "home")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
