"""Every service of docker-compose.yml, started as the file says and talked to.

Belongs here: the one test that runs them all (about a minute), with a server of its own.
Not here: what can be seen in the file alone (test_compose_file).
"""

import base64
import json
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
import pytest
from psycopg import sql

from mlb_ml_assets.serving.api_keys import create_key
from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.stack.server_user import server_programs, server_user
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets_tests.conftest import free_ports
from mlb_ml_assets_tests.deploy.compose_file import COMPOSE, SECRETS, in_starting_order, read_compose
from mlb_ml_assets_tests.deploy.containers import Container, Machine

PASSWORD = "planted p@ss/w:rd%2F#'"
LOGIN_PASSWORDS = {
    "MLB_ML_API_PASSWORD": "planted api's", "MLB_ML_MLFLOW_PASSWORD": "planted mlflow's/@:",
    "MLB_ML_DAGSTER_PASSWORD": "planted dagster's%2F#", "MLB_ML_CODE_PASSWORD": "planted code's @:",
}  # fmt: skip
TOKENS = {"MLFLOW_TRACKING_TOKEN": "planted-mlflow-token", "MLB_ML_DAGSTER_TOKEN": "planted-dagster-token"}
RUN = """mutation ($job: String!) { launchRun(executionParams: {
  selector: {repositoryLocationName: "mlb_ml_assets", repositoryName: "__repository__", pipelineName: $job}
}) { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
LOCATIONS = """{ workspaceOrError { ... on Workspace { locationEntries { name loadStatus locationOrLoadError {
  __typename ... on PythonError { message } } } } } }"""
STATUS = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"


@pytest.fixture
def services():
    """The file with the password from a secret's file: the variant with one more thing to go wrong."""
    names = ("POSTGRES_PASSWORD", *LOGIN_PASSWORDS)
    shell = {**TOKENS, **dict.fromkeys(names, ""), **{f"{name}_FILE": "unused" for name in names}}
    return read_compose(shell, COMPOSE, SECRETS)


@pytest.fixture
def server(tmp_path, services):
    """PostgreSQL with the settings of the file's command, and user and database as its image makes them."""
    home = EmbeddedServer(tmp_path / "server")
    command = services["postgres"].command
    assert command[0] == "postgres"
    assert set(command[1::2]) == {"-c"}
    options = dict(option.split("=", 1) for option in command[2::2])
    home.start({**options, "fsync": "off"})
    given = services["postgres"].environment
    settings = DatabaseSettings.from_environment({"MLB_ML_HOME": str(home.home)})
    with connect(settings.dsn_of("postgres"), "test", autocommit=True) as connection:
        user, database = sql.Identifier(given["POSTGRES_USER"]), sql.Identifier(given["POSTGRES_DB"])
        connection.execute(sql.SQL("CREATE ROLE {} SUPERUSER LOGIN PASSWORD {}").format(user, sql.Literal(PASSWORD)))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, user))
        (home.data / "pg_hba.conf").write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        connection.execute("SELECT pg_reload_conf()")
        assert connection.execute("SELECT setting FROM pg_settings WHERE name = 'jit'").fetchone() == ("off",)
    yield home
    home.stop()


@pytest.fixture
def machine(tmp_path_factory, server, services):
    """Ports of this machine for those of the file."""
    # Dagster's code server listens on a socket in its /tmp, and a socket's path has at most 107 characters: below the
    # folder of this test, in a worker of pytest-xdist, it had 115, and the web server never got a definition.
    folder = tmp_path_factory.mktemp("m")
    used = [(each.name, port) for each in services.values() for port in each.ports if each.name != "postgres"]
    used.append(("code", 4000))
    socket = Path(DatabaseSettings.from_environment({"MLB_ML_HOME": str(server.home)}).server_host)
    ports = dict(zip(used, free_ports(len(used)), strict=True))
    logins = {name.removeprefix("MLB_ML_").lower(): password for name, password in LOGIN_PASSWORDS.items()}
    secrets = {"postgres_password": PASSWORD, **logins}
    return Machine(folder, socket, ports, {name: f"{text}\n" for name, text in secrets.items()})


@pytest.mark.long
def test_every_service_starts_as_the_file_says_works_and_stops(services, machine, server):
    """A command, variable or path that is wrong in a compose file shows only on another machine."""
    running: dict[str, Container] = {}
    try:
        for service in in_starting_order(services.values()):
            if service.name == "postgres":
                _database_is_healthy(services, machine)
                continue
            for name in service.needs:
                if name in running:
                    running[name].await_health()
            container = running[service.name] = Container(machine, service)
            if service.ends:
                container.run_to_end()
                continue
            container.start()
            if service.name == "api":
                container.await_health()
                _without_mlflow_it_is_degraded_and_serves(machine, server)
        for container in running.values():
            container.await_health()
        _mlflow_is_small(running["mlflow"])
        _mlflow_serves_artifacts_and_refuses_strangers(machine)
        _a_run_goes_through_queue_code_server_and_mlflow(machine, running["code"])
        # The API never learned that MLflow came up.
        _await_health_of_api(machine, "ok")
        for container in reversed(running.values()):
            if container.process.poll() is None:
                container.stop()
        for name, container in running.items():
            # The folder that a run's output goes to is a volume.
            assert container.written_outside() == [], f"{name} writes where its container is read-only"
            assert PASSWORD not in container.log.read_text()
            assert quote(PASSWORD, safe="") not in container.log.read_text()
            assert not [token for token in TOKENS.values() if token in container.log.read_text()]
    finally:
        for container in running.values():
            container.end()


def _database_is_healthy(services, machine):
    name, *arguments = services["postgres"].health_check
    # Ours has no address but its socket's folder.
    arguments = [str(machine.database) if part == "127.0.0.1" else part for part in arguments]
    program = server_programs(server_user()) / name
    assert subprocess.run([program, *arguments], check=False, capture_output=True).returncode == 0


def _mlflow_is_small(container):
    # As it comes: four workers, a job runner and its consumers, 13 processes of 2 GB together.
    root = psutil.Process(container.process.pid)
    family = [root, *root.children(recursive=True)]
    assert len(family) == 1, [each.cmdline() for each in family]


def _mlflow_serves_artifacts_and_refuses_strangers(machine):
    address = _url(machine, "mlflow")
    token = {"Authorization": f"Bearer {TOKENS['MLFLOW_TRACKING_TOKEN']}"}
    found = _post(f"{address}/api/2.0/mlflow/experiments/search", {"max_results": 10}, token)
    assert [each["artifact_location"] for each in found["experiments"]] == ["mlflow-artifacts:/0"]
    place = f"{address}/api/2.0/mlflow-artifacts/artifacts/test/note.txt"
    with pytest.raises(urllib.error.HTTPError, match="401"):
        _open(urllib.request.Request(place, b"false", method="PUT"))
    _open(urllib.request.Request(place, b"kept", token, method="PUT")).close()
    assert _open(urllib.request.Request(place, headers=token)).read() == b"kept"
    assert (machine.folder / "volumes/artifacts/test/note.txt").read_bytes() == b"kept"
    with pytest.raises(urllib.error.HTTPError) as refused:
        _open(
            urllib.request.Request(
                f"{address}/api/2.0/mlflow/experiments/search", headers={**token, "Host": "evil.example"}
            )
        )
    assert refused.value.code == 421
    (process,) = (each for each in psutil.process_iter() if _listens(each, machine.port("mlflow")))
    family = [process, *process.parents(), *process.children(recursive=True)]
    assert not any(quote(PASSWORD, safe="") in part or PASSWORD in part for each in family for part in each.cmdline())


def _a_run_goes_through_queue_code_server_and_mlflow(machine, code):
    address = f"{_url(machine, 'webserver')}/graphql"
    token = {"Authorization": f"Bearer {TOKENS['MLB_ML_DAGSTER_TOKEN']}"}
    with pytest.raises(urllib.error.HTTPError, match="401"):
        _post(address, {"query": "{version}"})
    launched = _post(address, {"query": RUN, "variables": {"job": "experiments"}}, token)["data"]["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", (launched, _post(address, {"query": LOCATIONS}, token))
    query = {"query": STATUS, "variables": {"run": launched["run"]["runId"]}}
    deadline = time.monotonic() + 120
    while (status := _post(address, query, token)["data"]["runOrError"]["status"]) not in {"SUCCESS", "FAILURE"}:
        assert time.monotonic() < deadline, status
        time.sleep(0.5)
    assert status == "SUCCESS", code.log.read_text()[-3000:]
    # What it printed went into the volume that the web server shows it from.
    assert any((machine.folder / "volumes/logs" / launched["run"]["runId"]).rglob("*.out"))
    found = _post(
        f"{_url(machine, 'mlflow')}/api/2.0/mlflow/experiments/search",
        {"max_results": 10},
        {"Authorization": f"Bearer {TOKENS['MLFLOW_TRACKING_TOKEN']}"},
    )
    locations = {each["name"]: each["artifact_location"] for each in found["experiments"]}
    assert locations["mlb_game_model/home_ml"] == "mlflow-artifacts:/home_ml"


def _without_mlflow_it_is_degraded_and_serves(machine, server):
    _await_health_of_api(machine, "degraded")
    today = f"{_url(machine, 'api')}/api/v1/predictions/today"
    with pytest.raises(urllib.error.HTTPError) as refused:
        _get(today)
    assert refused.value.code == 401
    settings = DatabaseSettings.from_environment({"MLB_ML_HOME": str(server.home)})
    with psycopg.connect(settings.dsn) as connection:
        key = create_key(connection, "test").key
    _get(today, key)


def _await_health_of_api(machine, status):
    deadline = time.monotonic() + 60
    while (health := _get(f"{_url(machine, 'api')}/health"))["status"] != status or health[
        "model_registry"
    ] == "unknown":
        assert time.monotonic() < deadline, health
        time.sleep(0.5)


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        return any(each.laddr.port == port and each.status == "LISTEN" for each in process.net_connections("tcp"))
    except psutil.Error:
        return False


def _url(machine: Machine, service: str) -> str:
    return f"http://127.0.0.1:{machine.port(service)}"


def _get(url: str, key: str = "") -> dict:
    headers = {"Authorization": "Basic " + base64.b64encode(f":{key}".encode()).decode()} if key else {}
    return json.load(_open(urllib.request.Request(url, headers=headers)))


def _post(url: str, body: dict, headers: dict[str, str] | None = None) -> dict:
    headers = {"Content-Type": "application/json", **(headers or {})}
    return json.load(_open(urllib.request.Request(url, json.dumps(body).encode(), headers)))


def _open(request: urllib.request.Request):
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30)
