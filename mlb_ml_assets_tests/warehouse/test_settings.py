"""Addresses of the database, from the environment.

Belongs here: what POSTGRES_*, MLFLOW_* and MLB_ML_HOME mean, quoting, secrecy.
Not here: servers (stack/test_embedded, stack/test_one_database).
"""

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import make_url

from mlb_ml_assets.warehouse.settings import DatabaseSettings, SettingsError, stops_on_stale_inputs

SPECIAL = "p@:/?#[]!$&'()*+,;=%25 \\\"<>^`{|}~é"
GIVEN = {"POSTGRES_HOST": "db.example", "POSTGRES_USER": "a b@c", "POSTGRES_PASSWORD": SPECIAL, "POSTGRES_DB": "bets/%"}


def _settings(**environment: str) -> DatabaseSettings:
    return DatabaseSettings.from_environment({"MLB_ML_HOME": "/data/home", **environment})


def test_without_a_host_the_server_is_embedded(tmp_path):
    """A set user or password then belongs to a server that is not meant."""
    settings = _settings(MLB_ML_HOME=str(tmp_path), POSTGRES_USER="x", POSTGRES_PASSWORD="y", POSTGRES_PORT="6000")
    assert settings.embedded
    parts = conninfo_to_dict(settings.dsn)
    assert (parts["user"], parts["dbname"], str(parts["port"])) == ("postgres", "mlb_betting", "5432")
    assert parts["host"].startswith("/")
    assert "password" not in parts


def test_an_empty_variable_counts_as_unset(tmp_path):
    """compose files pass POSTGRES_HOST= for a variable that nobody set."""
    empty = dict.fromkeys(["POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER"], "")
    assert _settings(MLB_ML_HOME=str(tmp_path), **empty) == _settings(MLB_ML_HOME=str(tmp_path))


def test_every_character_of_a_password_survives_both_drivers():
    """An unquoted @ or % connects to another host, or fails with the password in the message."""
    settings = _settings(**GIVEN)
    parts = conninfo_to_dict(settings.dsn)
    assert (parts["password"], parts["user"], parts["dbname"]) == (SPECIAL, "a b@c", "bets/%")
    url = make_url(settings.sqlalchemy_url("mlflow"))
    assert (url.password, url.username, url.database, url.host, url.port) == (
        SPECIAL,
        "a b@c",
        "bets/%",
        "db.example",
        5432,
    )
    assert url.drivername == "postgresql+psycopg2"
    assert url.query == {"options": "-csearch_path=mlflow"}


def test_the_password_is_in_no_repr():
    """Settings end up in logs and in Dagster's metadata."""
    settings = _settings(**GIVEN, MLFLOW_BACKEND_STORE_URI=f"postgresql://u:{SPECIAL}@h/d")
    assert SPECIAL not in repr(settings)
    assert "MLFLOW" not in repr(settings)


def test_a_socket_folder_with_spaces_survives_both_drivers(tmp_path):
    """The wheel's own addresses break at a space."""
    home = tmp_path / "my project"
    settings = _settings(MLB_ML_HOME=str(home), POSTGRES_HOST=f"{home}/run")
    assert conninfo_to_dict(settings.dsn)["host"] == f"{home}/run"
    assert make_url(settings.sqlalchemy_url("dagster")).query["host"] == f"{home}/run"


def test_an_address_of_ip_version_6_is_bracketed():
    """Its colons read as a port."""
    url = make_url(_settings(POSTGRES_HOST="::1", POSTGRES_PORT="5433").sqlalchemy_url("dagster"))
    assert (url.host, url.port) == ("::1", 5433)


def test_what_is_given_for_mlflow_is_taken_as_it_is():
    """An existing server's runs live where its owner put them, also in schema public."""
    backend = "postgresql://mlflow:secret@elsewhere/mlflow"
    settings = _settings(
        MLFLOW_BACKEND_STORE_URI=backend,
        MLFLOW_TRACKING_URI="http://mlflow:5000",
        MLFLOW_DEFAULT_ARTIFACT_ROOT="s3://b/x",
    )
    assert settings.mlflow_backend_uri == "postgresql+psycopg2://mlflow:secret@elsewhere/mlflow"
    assert settings.mlflow_tracking_uri == "http://mlflow:5000"
    assert settings.artifact_root == "s3://b/x"
    alone = _settings(MLFLOW_BACKEND_STORE_URI=backend)
    assert alone.mlflow_tracking_uri == settings.mlflow_backend_uri
    assert _settings(MLFLOW_BACKEND_STORE_URI="sqlite:///runs.db").mlflow_backend_uri == "sqlite:///runs.db"


def test_the_settings_of_the_existing_system_are_read_verbatim():
    """Its MLflow address is composed of other variables, and names no driver."""
    backend = "postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${POSTGRES_HOST}:${POSTGRES_PORT}/${POSTGRES_DB}"
    given = {"POSTGRES_HOST": "db.example", "POSTGRES_PORT": "5433", "POSTGRES_DB": "mlb_betting"}
    given |= {"POSTGRES_USER": "mlb", "POSTGRES_PASSWORD": "plain", "MLFLOW_BACKEND_STORE_URI": backend}
    url = make_url(_settings(**given).mlflow_backend_uri)
    assert (url.drivername, url.username, url.password) == ("postgresql+psycopg2", "mlb", "plain")
    assert (url.host, url.port, url.database) == ("db.example", 5433, "mlb_betting")
    with pytest.raises(SettingsError, match=r"refers to \$\{POSTGRES_NAME\}, which is not set"):
        _settings(MLFLOW_BACKEND_STORE_URI="postgresql:///${POSTGRES_NAME}")


def test_a_relative_artifact_root_is_beside_the_home(tmp_path):
    """`./mlruns` of the existing settings meant another folder to each process, and ended training before its start."""
    settings = _settings(MLB_ML_HOME=str(tmp_path / ".mlb_ml"), MLFLOW_DEFAULT_ARTIFACT_ROOT="./mlruns")
    assert settings.artifact_root == (tmp_path / "mlruns").as_uri()
    absolute = _settings(MLFLOW_DEFAULT_ARTIFACT_ROOT=str(tmp_path / "artifacts"))
    assert absolute.artifact_root == (tmp_path / "artifacts").as_uri()
    assert _settings(MLFLOW_DEFAULT_ARTIFACT_ROOT="mlflow-artifacts:/").artifact_root == "mlflow-artifacts:/"


def test_the_artifact_root_is_absolute_also_under_a_relative_home(monkeypatch, tmp_path):
    """A relative one means one folder to the server and another to each client."""
    monkeypatch.chdir(tmp_path)
    settings = _settings(MLB_ML_HOME="my home")
    assert settings.home == tmp_path / "my home"
    assert settings.artifact_root == (tmp_path / "my home" / "mlartifacts").as_uri()
    assert Path(settings.server_host).is_absolute()


@pytest.mark.parametrize("port", ["0", "65536", "54x2", "-1", "５４３２"])
def test_a_port_that_is_none_is_named(port):
    """libpq's own error names neither the variable nor the value."""
    with pytest.raises(SettingsError, match="POSTGRES_PORT"):
        _settings(POSTGRES_HOST="h", POSTGRES_PORT=port)


def test_the_password_may_stand_in_a_file(tmp_path):
    """A secret of a container is a file; as a variable it would show in every `docker inspect`."""
    file = tmp_path / "password"
    file.write_text(f"{SPECIAL}\n", encoding="utf-8")
    given = {**GIVEN, "POSTGRES_PASSWORD": "", "POSTGRES_PASSWORD_FILE": str(file)}
    assert _settings(**given).password == SPECIAL
    assert _settings(**{**given, "POSTGRES_PASSWORD_FILE": ""}).password == ""


def test_a_password_file_that_cannot_be_meant_is_named(tmp_path):
    """An empty password instead would be refused by the server, with words about authentication."""
    missing = str(tmp_path / "missing")
    with pytest.raises(SettingsError, match=f"POSTGRES_PASSWORD_FILE is '{missing}'"):
        _settings(**{**GIVEN, "POSTGRES_PASSWORD": "", "POSTGRES_PASSWORD_FILE": missing})
    with pytest.raises(SettingsError, match="both set") as told:
        _settings(**GIVEN, POSTGRES_PASSWORD_FILE=missing)
    assert SPECIAL not in str(told.value)


@pytest.mark.parametrize("home", ["/x\ny", "~no-such-user-anywhere/x"])
def test_a_home_folder_that_cannot_be_is_named(home):
    """A line break went into a configuration file, an unknown user's home ended in a traceback."""
    with pytest.raises(SettingsError, match="MLB_ML_HOME"):
        DatabaseSettings.from_environment({"MLB_ML_HOME": home})


def test_stale_inputs_stop_stakes_unless_it_is_set_otherwise():
    """A rule that a typing error turns off is no rule."""
    assert stops_on_stale_inputs({})
    assert stops_on_stale_inputs({"MLB_ML_STOP_ON_STALE_INPUTS": "1"})
    assert not stops_on_stale_inputs({"MLB_ML_STOP_ON_STALE_INPUTS": "0"})
    with pytest.raises(SettingsError, match="MLB_ML_STOP_ON_STALE_INPUTS is 'no'"):
        stops_on_stale_inputs({"MLB_ML_STOP_ON_STALE_INPUTS": "no"})
