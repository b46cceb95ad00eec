"""What every drill needs: commands in processes of their own, and what a database must look like afterwards.

Belongs here: starting and killing our processes, the invariants, the table of faults and outcomes.
Does not: the faults (test_*.py).
"""

import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from mlb_ml_assets.clock import SIMULATED_NOW
from mlb_ml_assets_tests.chain import LEAGUE
from mlb_ml_assets_tests.drills.killed import COUNT_FILE

# At how many random points each command is killed: CI's short set. All: `MLB_ML_DRILL_POINTS=50 make drill`.
POINTS = int(os.environ.get("MLB_ML_DRILL_POINTS", "2"))
_OTHERS = ("DAGSTER_HOME", "MLFLOW_TRACKING_URI", "MLFLOW_BACKEND_STORE_URI", "MLFLOW_DEFAULT_ARTIFACT_ROOT")


@dataclass
class Outcomes:
    """The table of faults and outcomes; printed at the end, and kept in MLB_ML_DRILL_REPORT where that is set."""

    lines: list[str] = field(default_factory=list)

    def add(self, fault: str, outcome: str) -> None:
        self.lines.append(f"{fault:<58} {outcome}")


OUTCOMES = Outcomes()


def environment_of(variables: dict[str, str]) -> dict[str, str]:
    """This process's environment pointed at a database, at the league's now."""
    kept = {name: value for name, value in os.environ.items() if name not in _OTHERS}
    return {**kept, SIMULATED_NOW: LEAGUE.now.isoformat(), "OMP_NUM_THREADS": "1", **variables}


def mlb_ml(
    environment: dict[str, str], *arguments: str, kill_at: int = 0, count: Path | None = None
) -> subprocess.Popen:
    """`mlb-ml …` in a process of its own, killed at its n-th statement; 0 lets it end."""
    if count is not None:
        environment = {**environment, COUNT_FILE: str(count)}
    return subprocess.Popen(
        [sys.executable, "-m", "mlb_ml_assets_tests.drills.killed", str(kill_at), *arguments],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(process: subprocess.Popen, *, expect: int = 0) -> str:
    """Wait; the output. The process must end as expected."""
    out, _ = process.communicate(timeout=300)
    assert process.returncode == expect, f"ended with {process.returncode}, not {expect}:\n{out[-4000:]}"
    return out


def was_killed(process: subprocess.Popen) -> bool:
    """Wait; whether it was killed before its end. Any other failure is one of the drill."""
    out, _ = process.communicate(timeout=300)
    assert process.returncode in (0, -signal.SIGKILL), out[-4000:]
    return process.returncode != 0


def statements_of(environment: dict[str, str], folder: Path, *arguments: str) -> int:
    """Run a command to its end; how many statements it took."""
    count = folder / "statements"
    finish(mlb_ml(environment, *arguments, count=count))
    return int(count.read_text())


def running_sessions(connection: psycopg.Connection) -> int:
    """MLflow runs that nobody has ended."""
    row = connection.execute("SELECT COUNT(*) FROM mlflow.runs WHERE status = 'RUNNING'").fetchone()
    assert row is not None
    return int(row[0])
