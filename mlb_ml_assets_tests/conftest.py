"""What the tests of every room share: one PostgreSQL per run, a fresh database per test, the folder of real data.

Belongs here: fixtures that more than one room uses.
Not here: fixtures of a single room (they sit beside its tests).
"""

import fcntl
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pytest

from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets.warehouse.settings import DatabaseSettings

TEMPLATE = "migrated_template"
SERVER_HOME = "MLB_ML_TEST_SERVER_HOME"
# The socket folder of a server of another version, for tests by hand; CONTRIBUTING.md.
GIVEN_SERVER = "MLB_ML_TEST_POSTGRES_HOST"
_RUN = pytest.StashKey[Path]()
MEMORY, GIGABYTE = Path("/dev/shm"), 1024**3
# The tests kill processes, never the machine: nothing here has to survive a power cut.
FAST = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB", "max_wal_size": "1GB"}


@dataclass(frozen=True)
class Database:
    """One test's own database."""

    settings: DatabaseSettings

    @property
    def name(self) -> str:
        return self.settings.database

    @property
    def dsn(self) -> str:
        return self.settings.dsn

    def connect(self, *, autocommit: bool = True) -> psycopg.Connection:
        """A connection; each statement commits by itself outside `with connection.transaction()`."""
        return connect(self.dsn, "test", autocommit=autocommit)

    @property
    def environment(self) -> dict[str, str]:
        """Variables that make another process use this database; a home folder of its own."""
        return {
            "POSTGRES_HOST": self.settings.host,
            "POSTGRES_PORT": str(self.settings.port),
            "POSTGRES_DB": self.name,
            "POSTGRES_USER": self.settings.user,
            "POSTGRES_PASSWORD": "",
            "MLB_ML_HOME": str(self.settings.home),
        }


@dataclass(frozen=True)
class RealStack:
    """The local stack as a user starts it: `mlb-ml up` in a process of its own."""

    database: Database
    environment: dict[str, str]
    dagster_url: str
    mlflow_url: str
    api_url: str

    def token(self, service: str) -> str:
        """The secret of `mlflow` or `dagster`."""
        return (self.database.settings.home / "run" / f"{service}.token").read_text()


def pytest_configure(config: pytest.Config) -> None:
    # Processes that tests start, in whatever folder, import this checkout.
    paths = [
        str(Path(__file__).resolve().parents[1]),
        *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)),
    ]
    os.environ["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    # The controller of pytest-xdist names the folder, its workers inherit the name: one server for all of them.
    if not hasattr(config, "workerinput"):
        # A short name: sockets lie below it, and their whole path may have 107 bytes.
        run = Path(tempfile.mkdtemp(prefix="mlb", dir=_fast_folder()))
        run.chmod(0o755)  # the server's own user passes through it
        config.stash[_RUN] = run
        os.environ[SERVER_HOME] = str(run / "server")
        os.environ["TMPDIR"] = str(run)
        tempfile.tempdir = None
        _keep_bytecode(run / "bytecode")


def pytest_report_header() -> str:
    where = Path(os.environ["TMPDIR"])
    return f"databases and files of this run: {where} ({'memory' if MEMORY in where.parents else 'disk'})"


def _fast_folder() -> Path | None:
    """Memory where there is room for the run's databases (3 GB at most), else the usual folder for temporary files."""
    if "TMPDIR" in os.environ or not MEMORY.is_dir():
        return None
    has_room = min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) > 6 * GIGABYTE
    return MEMORY if has_room else None


def _keep_bytecode(folder: Path) -> None:
    """Compile modules once per run where Python is set to keep no bytecode.

    Otherwise each of the 200 processes that tests start compiles Dagster and MLflow again: 7.0 s instead of 2.5 s.
    """
    if sys.dont_write_bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(folder)
        sys.dont_write_bytecode = False


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    # Not from the environment, which a test may have left changed: this removes the folder.
    run = config.stash[_RUN]
    home = run / "server"
    if (home / "stack" / "environment.json").exists():
        _mlb_ml("down", json.loads((home / "stack" / "environment.json").read_text()))
    if home.exists():
        EmbeddedServer(home).stop()
    shutil.rmtree(run)


@pytest.fixture(scope="session")
def database_server() -> DatabaseSettings:
    """The run's PostgreSQL; settings of its maintenance database. Never put tables there."""
    if given := os.environ.get(GIVEN_SERVER):
        return DatabaseSettings.from_environment(
            {"MLB_ML_HOME": os.environ[SERVER_HOME], "POSTGRES_HOST": given, "POSTGRES_DB": "postgres"}
        )
    server = EmbeddedServer(Path(os.environ[SERVER_HOME]))
    server.start(FAST)
    home = DatabaseSettings.from_environment({"MLB_ML_HOME": str(server.home)})
    return DatabaseSettings.from_environment(
        {"MLB_ML_HOME": str(server.home), "POSTGRES_HOST": home.server_host, "POSTGRES_DB": "postgres"}
    )


@pytest.fixture(scope="session")
def template_database(database_server: DatabaseSettings) -> str:
    """A database with all schemas and migrations, made once per run; copied per test."""
    with connect(database_server.dsn, "test", autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (TEMPLATE,)).fetchone():
            connection.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}_unfinished")
            connection.execute(f"CREATE DATABASE {TEMPLATE}_unfinished")
            settings = DatabaseSettings(
                home=database_server.home,
                host=database_server.host,
                port=database_server.port,
                database=f"{TEMPLATE}_unfinished",
                user="postgres",
                password="",
            )
            ensure_database(settings, migrated=False)
            migrate(settings.dsn)
            connection.execute(f"ALTER DATABASE {TEMPLATE}_unfinished RENAME TO {TEMPLATE}")
    return TEMPLATE


@pytest.fixture
def empty_database(database_server: DatabaseSettings, tmp_path: Path) -> Iterator[Database]:
    """A fresh database without any schema or table of ours."""
    yield from _fresh(database_server, "template1", tmp_path)


@pytest.fixture
def database(database_server: DatabaseSettings, template_database: str, tmp_path: Path) -> Iterator[Database]:
    """A fresh database with all schemas and migrations."""
    yield from _fresh(database_server, template_database, tmp_path)


def _fresh(server: DatabaseSettings, template: str, folder: Path) -> Iterator[Database]:
    name = f"test_{secrets.token_hex(6)}"
    with connect(server.dsn, "test", autocommit=True) as connection:
        # Two copies of one template at once are refused; a worker waits for its turn.
        connection.execute("SELECT pg_advisory_lock(2)")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield Database(
        DatabaseSettings(
            home=folder / "home", host=server.host, port=server.port, database=name, user="postgres", password=""
        )
    )
    with connect(server.dsn, "test", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def real_stack(database_server: DatabaseSettings, template_database: str) -> RealStack:
    """MLflow, Dagster's webserver and daemon, and the API, on free ports over a database of their own.

    Started once per run by the first test that asks (about 25 s), shared by the workers, stopped when the run ends.
    """
    home = database_server.home / "stack"
    home.mkdir(exist_ok=True)
    record = home / "environment.json"
    with (home / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not record.exists():
            with connect(database_server.dsn, "test", autocommit=True) as connection:
                connection.execute("SELECT pg_advisory_lock(2)")
                connection.execute(f"CREATE DATABASE real_stack TEMPLATE {template_database} STRATEGY FILE_COPY")
            ports = dict(zip(("MLFLOW", "DAGSTER", "API"), free_ports(3), strict=True))
            environment = {f"MLB_ML_{name}_PORT": str(port) for name, port in ports.items()}
            # As the embedded server that it is, so that each service logs in as its own role.
            environment |= {"POSTGRES_HOST": "", "POSTGRES_DB": "real_stack", "MLB_ML_HOME": str(database_server.home)}
            record.write_text(json.dumps(environment))
            _start_stack(environment, home)
        environment = json.loads(record.read_text())
    settings = DatabaseSettings.from_environment(environment)
    mlflow, dagster, api = (f"http://127.0.0.1:{environment[f'MLB_ML_{n}_PORT']}" for n in ("MLFLOW", "DAGSTER", "API"))
    return RealStack(Database(settings), environment, dagster_url=dagster, mlflow_url=mlflow, api_url=api)


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _start_stack(environment: dict[str, str], home: Path) -> None:
    out = home / "up.txt"
    with out.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-c", "from mlb_ml_assets.stack.services import up; up()"],
            env=_stack_environment(environment),
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    while "Ctrl-C stops" not in out.read_text():
        if process.poll() is not None:
            (home / "environment.json").unlink()  # nothing runs that another worker could use
            raise AssertionError(out.read_text())
        time.sleep(0.2)


def _mlb_ml(command: str, environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-c", f"from mlb_ml_assets.stack.services import {command}; {command}()"],
        env=_stack_environment(environment),
        check=True,
        capture_output=True,
    )


def _stack_environment(environment: dict[str, str]) -> dict[str, str]:
    """This process's variables but MLflow's: its client leaves the store of the last test in MLFLOW_TRACKING_URI."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")} | environment


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the checkout, or $MLB_ML_SHARED_DATA; skips where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("MLB_ML_SHARED_DATA", "") or beside)
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}: set MLB_ML_SHARED_DATA")
    return folder
