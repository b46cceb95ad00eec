"""Which services there are, and their environments.

Belongs here: declarations, without starting anything.
Not here: supervision (test_services), the programs themselves (test_real_stack).
"""

import os
from pathlib import Path

import pytest

from mlb_ml_assets.stack.service_list import declared_services
from mlb_ml_assets.warehouse.settings import DatabaseSettings, SettingsError

SECRET = "pass@word:1"


@pytest.fixture
def environment(tmp_path, monkeypatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith(("MLFLOW_", "MLB_ML_", "POSTGRES_", "DAGSTER_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MLB_ML_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("POSTGRES_HOST", "db.example")
    monkeypatch.setenv("POSTGRES_PASSWORD", SECRET)
    return monkeypatch


def _services() -> dict:
    return {each.name: each for each in declared_services(DatabaseSettings.from_environment())}


def test_no_argument_of_a_process_holds_the_password(environment):
    """Everybody on the machine can list arguments."""
    for service in _services().values():
        assert SECRET not in " ".join(service.command)
        assert "pass%40word" not in " ".join(service.command)
    assert "pass%40word" in _services()["mlflow"].environment["MLFLOW_BACKEND_STORE_URI"]


def test_each_service_of_the_embedded_server_logs_in_as_its_role(environment):
    """Only the API had less than everything; one that is added later must not be the owner by default."""
    environment.setenv("POSTGRES_HOST", "")
    logins = {name: each.environment.get("MLB_ML_EMBEDDED_LOGIN") for name, each in _services().items()}
    assert logins.pop("mlflow") is None  # its own, in the address of its store
    assert "//mlb_mlflow@" in _services()["mlflow"].environment["MLFLOW_BACKEND_STORE_URI"]
    assert logins == {
        "dagster-code": "mlb_code", "dagster-webserver": "mlb_dagster", "dagster-daemon": "mlb_dagster",
        "pricer": "mlb_code", "api": "mlb_api",
    }  # fmt: skip


def test_a_given_server_is_used_with_the_given_login_by_all(environment):
    """Its owner decides which user we are; the roles may be missing there."""
    assert not [name for name, each in _services().items() if "MLB_ML_EMBEDDED_LOGIN" in each.environment]


def test_up_turns_automation_on_unless_it_was_turned_off(environment):
    """Schedules that never ran because of a variable that no one knew; or that ran although it was off."""
    assert _services()["dagster-daemon"].environment["MLB_ML_AUTOMATION"] == "on"
    environment.setenv("MLB_ML_AUTOMATION", "off")
    assert _services()["dagster-daemon"].environment["MLB_ML_AUTOMATION"] == "off"


def test_a_tracking_server_that_runs_elsewhere_is_used_instead_of_ours(environment):
    """A second registry, empty, beside the one with the champion."""
    environment.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example:5000")
    services = _services()
    assert "mlflow" not in services
    assert services["dagster-webserver"].environment["MLFLOW_TRACKING_URI"] == "http://mlflow.example:5000"


def test_without_one_dagster_logs_to_our_server(environment):
    """And the server itself must not: it would be its own client. An empty variable counts as unset."""
    environment.setenv("MLFLOW_TRACKING_URI", "")
    environment.setenv("MLB_ML_MLFLOW_PORT", "5055")
    services = _services()
    assert services["dagster-daemon"].environment["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5055"
    assert "MLFLOW_TRACKING_URI" not in services["mlflow"].environment


def test_every_process_means_the_same_folders(environment, tmp_path, monkeypatch):
    """Services run in MLB_ML_HOME: a relative one would be another folder there."""
    monkeypatch.chdir(tmp_path)
    environment.setenv("MLB_ML_HOME", "relative")
    daemon = _services()["dagster-daemon"].environment
    assert daemon["MLB_ML_HOME"] == str(tmp_path / "relative")
    assert Path(daemon["DAGSTER_HOME"]) == tmp_path / "relative" / "dagster"
    assert (tmp_path / "relative" / "dagster" / "dagster.yaml").is_file()


def test_a_port_that_is_none_is_named(environment):
    """int() fails without saying which of four variables."""
    environment.setenv("MLB_ML_DAGSTER_PORT", "three thousand")
    with pytest.raises(SettingsError, match="MLB_ML_DAGSTER_PORT is 'three thousand'"):
        _services()
