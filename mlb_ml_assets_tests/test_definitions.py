"""The code location as a whole.

Belongs here: that it loads anywhere, and what it holds.
Not here: what an asset does (assets/).
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_definitions_load_in_a_fresh_interpreter_without_environment():
    """A definition that reads the environment or the database at import works on its author's machine only."""
    code = (
        "import sys; from mlb_ml_assets.definitions import defs; import dagster as dg; "
        "dg.Definitions.validate_loadable(defs); "
        "heavy = {'mlflow', 'sklearn', 'scipy', 'matplotlib', 'dagster_mlflow'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr[-3000:]
