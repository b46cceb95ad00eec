"""Fixtures of the drills, and the table of faults and outcomes at the end of the run.

Belongs here: the chain's databases, the forking process, the sources, a server of a drill's own.
Not here: what is done to them (test_*.py).
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mlb_ml_assets.simulation.bundle import write_bundle
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.server import SourceServer
from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets_tests.chain import LEAGUE, _made, played, played_template, prepared, prepared_template
from mlb_ml_assets_tests.drills.warmed import Warm
from mlb_ml_assets_tests.drills.world import environment_of
from mlb_ml_assets_tests.drills.writers import CHAIN, COLLECTED, HISTORY, SMALL, Writer

__all__ = ["own_server", "played", "played_template", "prepared", "prepared_template"]
_PROPERTY = "outcome"


@pytest.fixture
def outcome(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Add a line to the table of faults and outcomes; it travels with the test's report, also from xdist's workers."""
    return lambda fault, text: request.node.user_properties.append((_PROPERTY, f"{fault:<58} {text}"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    lines = sorted(
        {
            text if report.passed else f"{text}  FAILED"
            for report in reports
            for name, text in report.user_properties
            if name == _PROPERTY and report.when == "call"
        }
    )
    if lines:
        terminalreporter.section("faults and outcomes")
        for line in lines:
            terminalreporter.line(line)
        if os.environ.get("MLB_ML_DRILL_REPORT"):
            Path(os.environ["MLB_ML_DRILL_REPORT"]).write_text("\n".join([*lines, ""]))


@pytest.fixture(scope="session")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warm]:
    """The forking process; its code location collects every source itself."""
    forking = Warm(environment_of({"MLB_ML_COLLECT": COLLECTED}), tmp_path_factory.mktemp("warm"))
    yield forking
    forking.close()


@pytest.fixture(scope="session")
def source_server() -> Iterator[SourceServer]:
    """The league's sources behind HTTP, at the league's now."""
    with SourceServer(simulate_league(LEAGUE), LEAGUE.now) as server:
        yield server


@pytest.fixture
def moving_sources(source_server: SourceServer) -> Iterator[SourceServer]:
    """The sources, for a drill that moves their clock."""
    yield source_server
    source_server.clock = LEAGUE.now


@pytest.fixture(scope="session")
def sources(source_server: SourceServer) -> dict[str, str]:
    """Variables that point collectors at the sources."""
    return source_server.environment()


@pytest.fixture(scope="session")
def small_bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of three weeks."""
    folder = tmp_path_factory.mktemp("bundle")
    write_bundle(simulate_league(SMALL), folder, before=SMALL.today, ticks_from=SMALL.today)
    return folder


@pytest.fixture(scope="session")
def before_writer(database_server, template_database, prepared_template, warm, sources, small_bundle):
    """A writer's name of the database to start from: every writer before it in the chain has run there.

    Made once per run and shared by xdist's workers.
    """

    def fill(previous: Writer | None, writer: Writer) -> Callable:
        def run(database) -> None:
            if previous is not None:
                _run(warm, database, sources, previous, small_bundle)
            with database.connect() as connection:
                writer.before(connection)

        return run

    def name_of(writer: Writer) -> str:
        if writer is HISTORY:
            return template_database
        name, previous = prepared_template, None
        for number, each in enumerate(CHAIN):
            name = _made(database_server, f"drill_{number}", name, fill(previous, each))
            if each is writer:
                return name
            previous = each
        raise AssertionError(writer)

    return name_of


def _run(warm: Warm, database, sources: dict[str, str], writer: Writer, bundle: Path) -> None:
    ended = warm.run(environment_of({**database.environment, **sources}), writer.what(bundle))
    assert ended.code == 0, f"{writer.name}: {ended.output[-4000:]}"


@pytest.fixture
def own_server() -> Iterator[EmbeddedServer]:
    """An embedded server that a drill may kill: durable, in a folder that the server's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="mlb_ml-drill-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "home")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)
