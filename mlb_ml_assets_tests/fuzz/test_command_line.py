"""Hostile arguments to the command line.

Belongs here: that each ends as a usage error, or as one sentence of ours.
Not here: what a command does with good arguments (commands/).
"""

import string

import pytest
from typer.testing import CliRunner

from mlb_ml_assets.cli import _is_expected, app
from mlb_ml_assets.sources.catalogue import SOURCES
from mlb_ml_assets_tests.fuzz.mutation import CASES, TIMES, dice

pytestmark = pytest.mark.long

# Commands that end by themselves and start nothing.
COMMANDS = (
    ("ingest", ("--date", "--captured-at", "--from-files")),
    ("run", ("--from", "--to", "--select")),
    ("backtest", ("--from", "--to", "--stage", "--json", "--forecaster", "--csv", "--column", "--without-weather")),
    ("board", ("--date",)),
    ("bench", ("--scale",)),
    ("history", ("import", "export")),
    ("psql", ("-c",)),
)
WORDS = (
    "", "-", "--", "0", "-1", "2024-04-01", "2024-13-01", "2024-02-30", "9999-12-31", "0001-01-01", "today", "é",
    "\x00x",
    "'; DROP TABLE curated.ml_predictions; --", "../../etc/passwd", "/dev/null", "/nonexistent", "action_network",
    "mlb_stats_api", "prepare", "prepare,", "open", "1M", "35m", "SELECT 1", "SELEC 1", "9" * 400, "%s", "{}",
)  # fmt: skip


def test_any_arguments_end_in_a_sentence(database, monkeypatch, tmp_path):
    """A traceback on a mistyped date teaches people to ignore tracebacks."""
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.chdir(tmp_path)
    # No real source is requested, and no benchmark begins.
    for name in SOURCES:
        monkeypatch.setenv(f"MLB_ML_{name.upper()}_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("mlb_ml_assets.sources.http.SourceClient.get", _nobody)
    monkeypatch.setattr("benchmarks.run.scratch_database", _nobody)
    # A prompt takes the place of this process.
    monkeypatch.setattr("mlb_ml_assets.stack.psql.os.execve", _nobody)
    chance, runner, faults, cases = dice("command line"), CliRunner(), [], 0
    while cases < CASES["command line"] * TIMES:
        command, options = chance.choice(COMMANDS)
        arguments = [command]
        for _ in range(chance.randint(0, 3)):
            if chance.random() < 0.6:
                arguments.append(chance.choice(options))
            word = chance.choice(WORDS) if chance.random() < 0.8 else "".join(chance.choices(string.printable, k=8))
            arguments.append(word)
        if "up" in arguments or arguments[:2] == ["history", "export"]:
            continue
        cases += 1
        result = runner.invoke(app, arguments)
        error = result.exception
        if error is None or isinstance(error, SystemExit) or _is_expected(error):
            continue
        faults.append(f"{arguments}: {type(error).__module__}.{type(error).__name__}: {str(error)[:200]}")
    assert not faults, "\n".join(faults)


class Nobody(ConnectionError):
    """No terminal answers here."""


Nobody.__module__ = "mlb_ml_assets.drill"


def _nobody(*_: object, **__: object) -> None:
    raise Nobody("nobody is asked here")
