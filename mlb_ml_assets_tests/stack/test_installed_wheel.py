"""The package without its source tree.

Belongs here: what must have travelled inside the wheel.
Not here: the same things in a checkout.
"""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOOK = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
import mlb_ml_assets
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets.warehouse.sql import migrations_folder
from mlb_ml_assets.stack.environment import dagster_home
installed = Path(sys.argv[1])
assert Path(mlb_ml_assets.__file__).is_relative_to(installed), mlb_ml_assets.__file__
assert migrations_folder().is_relative_to(installed)
assert [each.name for each in migrations_folder().glob("0001_*.sql")] == ["0001_adopted_tables.sql"]
settings = DatabaseSettings.from_environment({})
assert settings.home == Path.cwd() / ".mlb_ml", settings.home
assert "mlb_ml_assets.stack.dagster_storage" in (dagster_home(settings) / "dagster.yaml").read_text()
"""


def test_an_installed_wheel_finds_its_files(tmp_path):
    """SQL and dagster.yaml lie beside the package in a checkout and are not Python: they stay behind unnoticed."""
    built = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "No module named hatchling" in built.stderr:
        pytest.skip("hatchling is not installed: pip install -r requirements-dev.txt")
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    shipped = {Path(name).parts[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in shipped if not name.endswith(".dist-info")} == {"mlb_ml_assets"}, "benchmarks stay behind"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", LOOK, tmp_path / "site"],
        cwd=elsewhere,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
