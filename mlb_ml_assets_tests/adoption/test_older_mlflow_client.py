"""The MLflow client that created a store opens it after our `up`: it is upgraded when its owner says so, else never.

Belongs here: a real older MLflow in an environment of its own, its store in schema public, and our commands.
Not here: which stores are recognized (warehouse/test_mlflow_store.py).
"""

import shutil
import signal
import subprocess
import time

import pytest

from mlb_ml_assets_tests.conftest import free_ports

OLDER = "mlflow==3.2.0"
WRITE = "e = mlflow.create_experiment('theirs'); r = mlflow.start_run(experiment_id=e); mlflow.log_metric('roi', 0.5)"
READ = "print(mlflow.search_runs(experiment_names=['theirs'])['metrics.roi'].tolist())"

pytestmark = [
    pytest.mark.by_hand,
    pytest.mark.skipif(shutil.which("uv") is None, reason="uv installs the older MLflow: python -m pip install uv"),
]


@pytest.fixture(scope="module")
def older_python(tmp_path_factory):
    """Python of an environment with the MLflow of the existing system: 650 MB."""
    folder = tmp_path_factory.mktemp("older") / "venv"
    subprocess.run(["uv", "venv", "-q", folder], check=True)
    python = folder / "bin" / "python"
    wanted = [OLDER, "psycopg2-binary", "setuptools<81", "sqlalchemy<2.1"]
    subprocess.run(["uv", "pip", "install", "-q", "--python", python, *wanted], check=True)
    return python


@pytest.fixture
def client(older_python, empty_database, tmp_path):
    """Runs a statement with the older MLflow on its store in schema public; what it printed."""
    settings = empty_database.settings
    store = f"postgresql://{settings.user}@/{settings.database}?host={settings.host}&port={settings.port}"

    def run(statement):
        code = f"import mlflow; mlflow.set_tracking_uri({store!r}); {statement}"
        done = subprocess.run(
            [older_python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, env={}
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    run(WRITE)
    return run


def up(mlb_ml, *options, **environment):
    """`mlb-ml up` until it says that all of it runs, then stopped as by Ctrl-C; what it printed, and its exit code."""
    ports = dict(zip(("MLFLOW", "DAGSTER", "API"), map(str, free_ports(3)), strict=True))
    path = mlb_ml.folder / "up.txt"
    with path.open("w") as out:
        process = subprocess.Popen(
            [mlb_ml.program, "up", *options], cwd=mlb_ml.folder, stdout=out, stderr=out,
            env={**mlb_ml.environment, **environment} | {f"MLB_ML_{name}_PORT": port for name, port in ports.items()},
        )  # fmt: skip
    try:
        while process.poll() is None and "Ctrl-C stops" not in path.read_text():
            time.sleep(0.2)
    finally:
        process.send_signal(signal.SIGINT)
        code = process.wait()
    return code, path.read_text()


def test_a_store_of_others_is_opened_by_its_client_after_our_up(client, mlb_ml):
    """`up` made 66 tables of 25, and the client could no longer open its own runs."""
    mlb_ml("migrate")
    assert "older than that of the installed MLflow" in mlb_ml("contract")
    for command in (("up",), ("migrate", "--mlflow")):
        assert "--upgrade-mlflow" in mlb_ml(*command, code=1)
    assert client(READ) == "[0.5]\n"
    code, printed = up(mlb_ml, MLFLOW_BACKEND_STORE_URI="")
    assert (code, "Ctrl-C stops" in printed) == (0, True), printed
    assert client(READ) == "[0.5]\n"


def test_a_store_is_upgraded_where_its_owner_says_so(client, mlb_ml):
    """`up --upgrade-mlflow` passed its own check and ended in the server's."""
    mlb_ml("migrate")
    code, printed = up(mlb_ml, "--upgrade-mlflow")
    assert (code, "Ctrl-C stops" in printed) == (0, True), printed
    assert "fits MLflow" in mlb_ml("contract")
