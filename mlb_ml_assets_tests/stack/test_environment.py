"""The environment of processes: a .env file, private folders, the Dagster instance's file.

Belongs here: what of a file reaches the environment, and who may read what we write.
Not here: what the variables mean.
"""

import os
import stat

import pytest
from psycopg.conninfo import conninfo_to_dict

from mlb_ml_assets.stack.environment import HomeUnusable, dagster_home, load_env_file, make_private_folder
from mlb_ml_assets.warehouse.settings import DatabaseSettings


@pytest.fixture(autouse=True)
def no_instance_given(monkeypatch):
    monkeypatch.delenv("DAGSTER_HOME", raising=False)


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    """A one-off POSTGRES_DB=… before a command must not be undone by a file that it does not show."""
    (tmp_path / ".env").write_text("# comment\nPOSTGRES_DB=from_file\nPOSTGRES_PASSWORD='a b#c'\nEMPTY\n")
    monkeypatch.setattr(os, "environ", {"POSTGRES_DB": "from_shell"})
    assert load_env_file(tmp_path) == ["POSTGRES_PASSWORD"]
    assert os.environ == {"POSTGRES_DB": "from_shell", "POSTGRES_PASSWORD": "a b#c"}
    assert load_env_file(tmp_path / "nowhere") == []


@pytest.mark.parametrize("password", ["p@ss:w/rd", "50%#?&", "plain"])
def test_a_password_keeps_its_characters_in_an_address(tmp_path, monkeypatch, password):
    """`postgresql://user:p@ss:w/rd@host` names another host."""
    monkeypatch.setattr(os, "environ", {})
    (tmp_path / ".env").write_text(
        f"POSTGRES_USER=own er\nPOSTGRES_PASSWORD='{password}'\nPOSTGRES_HOST=db\n"
        "MLFLOW_BACKEND_STORE_URI=postgresql://${POSTGRES_USER}:${POSTGRES_PASSWORD}@${POSTGRES_HOST}/mlb\n"
    )
    load_env_file(tmp_path)
    found = conninfo_to_dict(DatabaseSettings.from_environment(os.environ).given_mlflow_backend)
    assert (found["user"], found["password"], found["host"], found["dbname"]) == ("own er", password, "db", "mlb")


def test_a_file_that_others_could_write_is_not_read(tmp_path, monkeypatch, capfd):
    """`cd /tmp; mlb-ml board`: a stranger's file chose our database."""
    monkeypatch.setattr(os, "environ", {})
    file = tmp_path / ".env"
    file.write_text("POSTGRES_HOST=stranger\n")
    file.chmod(0o666)
    assert load_env_file(tmp_path) == []
    assert f"{file} was ignored" in capfd.readouterr().err
    file.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(file, 12345, 12345)
        assert load_env_file(tmp_path) == []
        os.chown(file, 0, 0)
    assert load_env_file(tmp_path) == ["POSTGRES_HOST"]


def test_only_variables_of_the_project_are_set(tmp_path, monkeypatch, capfd):
    """A planted PYTHONPATH ran a stranger's sitecustomize as root."""
    monkeypatch.setattr(os, "environ", {})
    (tmp_path / ".env").write_text("PYTHONPATH=/x\nLD_PRELOAD=/x\nPATH=/x\nMLB_ML_HOME=/y\nAWS_ACCESS_KEY_ID=k\n")
    assert load_env_file(tmp_path) == ["AWS_ACCESS_KEY_ID", "MLB_ML_HOME"]
    assert set(os.environ) == {"AWS_ACCESS_KEY_ID", "MLB_ML_HOME"}
    assert "ignored LD_PRELOAD, PATH, PYTHONPATH" in capfd.readouterr().err


def test_folders_of_an_installation_are_its_owners(tmp_path):
    """Another user read models, logs of runs and stack.json."""
    umask = os.umask(0)
    try:
        private = make_private_folder(tmp_path / "home" / "run")
    finally:
        os.umask(umask)
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    # Root's server runs as another user, who passes through to the database.
    assert stat.S_IMODE(private.parent.stat().st_mode) == (0o711 if os.geteuid() == 0 else 0o700)


def test_the_instances_file_is_written_only_where_it_changes(tmp_path):
    """`status` on a full or read-only disk ended in a traceback."""
    settings = DatabaseSettings.from_environment({"MLB_ML_HOME": str(tmp_path / "home")})
    file = dagster_home(settings) / "dagster.yaml"
    before = file.stat().st_ino
    dagster_home(settings)
    assert file.stat().st_ino == before
    file.unlink()
    file.mkdir()
    with pytest.raises(HomeUnusable, match="MLB_ML_HOME"):
        dagster_home(settings)
