"""The demo's graph: its days end with the league's, its schedules stay on them, its sources can be collected.

Belongs here: partitions, schedules, groups and services of the demo's home.
Not here: the demo's command (commands/test_demo.py), schedules of real seasons (test_schedules.py).
"""

import os
import subprocess
import sys
from datetime import date, datetime
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from mlb_ml_assets.automation.schedules import eastern_day
from mlb_ml_assets.commands.demo_services import declare_services
from mlb_ml_assets.definitions import build_definitions
from mlb_ml_assets.stack.service_list import ASSET_GROUPS
from mlb_ml_assets.warehouse.settings import DEMO_CLOCK, DatabaseSettings

NOW = "2024-06-15T17:45:00+00:00"
KEYS = """
from mlb_ml_assets.assets.partitions import game_days, model_months
from mlb_ml_assets.assets.sources import source_assets
from mlb_ml_assets.definitions import build_definitions
import dagster as dg
print(game_days.get_last_partition_key(), model_months.get_last_partition_key())
specs = build_definitions().resolve_all_asset_specs()
print(*(spec.key.to_user_string() for spec in source_assets() if isinstance(spec, dg.AssetSpec)))
"""


@pytest.fixture
def demo_home(tmp_path, monkeypatch):
    """A home that `mlb-ml demo` left, without its database."""
    (tmp_path / DEMO_CLOCK).write_text(NOW)
    for name in [name for name in os.environ if name.startswith(("POSTGRES_", "MLFLOW_", "DAGSTER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLB_ML_HOME", str(tmp_path))
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", NOW)
    return DatabaseSettings.from_environment()


def test_latest_is_the_leagues_today_and_every_source_of_the_league_can_be_materialized(demo_home):
    """ "Latest" of the Materialize dialog was the real date, an empty day; source assets had no button at all."""
    webserver = next(each for each in declare_services(demo_home) if each.name == "dagster-webserver")
    done = subprocess.run(
        [sys.executable, "-c", KEYS], env=dict(webserver.environment), capture_output=True, text=True, check=True
    )
    keys, observed = done.stdout.split("\n")[:2]
    assert keys == "2024-06-15 2024-06-01"
    assert not observed


def test_a_real_installation_has_no_league_and_observes_others_sources(tmp_path, monkeypatch):
    """A simulated price in a real database would be bet on."""
    monkeypatch.setenv("MLB_ML_HOME", str(tmp_path))
    services = {each.name: each for each in declare_services(DatabaseSettings.from_environment())}
    assert "league" not in services
    assert "MLB_ML_COLLECT" not in services["dagster-daemon"].environment


def test_schedules_of_the_demo_ask_for_the_leagues_today(demo_home):
    """Every real morning asked for a day that the league never plays."""
    at = datetime(2026, 11, 30, 8, 30, tzinfo=ZoneInfo("America/New_York"))
    assert eastern_day(dg.build_schedule_context(scheduled_execution_time=at)) == date(2024, 6, 15)


def test_the_graph_opens_with_every_group(demo_home):
    """A group that the link does not name stays a closed box."""
    groups = {spec.group_name for spec in build_definitions().resolve_all_asset_specs()}
    assert groups == set(ASSET_GROUPS)
    webserver = next(each for each in declare_services(demo_home) if each.name == "dagster-webserver")
    assert all(f"global%40global%3A{group}" in webserver.link for group in ASSET_GROUPS)
