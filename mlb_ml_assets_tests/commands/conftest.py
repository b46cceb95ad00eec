"""Fixtures of the commands' tests.

Belongs here: the chain's databases, the command line in this process.
Not here: their making (chain.py).
"""

import sys
from dataclasses import dataclass

import pytest

from mlb_ml_assets import cli
from mlb_ml_assets_tests.chain import played, played_template, prepared, prepared_template

__all__ = ["mlb_ml", "played", "played_template", "prepared", "prepared_template"]


@dataclass(frozen=True)
class Outcome:
    code: int
    stdout: str
    stderr: str


@pytest.fixture
def mlb_ml(monkeypatch, capfd):
    """Run the command in this process: another one is three seconds of imports."""

    def run(*arguments, **environment) -> Outcome:
        # Commands set them; the next test has a home and a tracking store of its own.
        for name in ("DAGSTER_HOME", "MLFLOW_TRACKING_URI"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["mlb-ml", *arguments])
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        return Outcome(code, *capfd.readouterr())

    return run
