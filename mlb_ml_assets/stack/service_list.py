"""The services of the local stack, declared.

Belongs here: each service's program, environment, port, and how one knows that it really answers.
Not here: starting and stopping (services).
"""

import importlib.util
import json
import os
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode

from mlb_ml_assets.stack import code_server, dagster_webserver, mlflow_server
from mlb_ml_assets.stack.environment import project_environment
from mlb_ml_assets.stack.gateway import read_service_token
from mlb_ml_assets.stack.processes import LOOPBACK
from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.locks import Lock, is_held
from mlb_ml_assets.warehouse.logins import CODE_ROLE, DAGSTER_ROLE, MLFLOW_ROLE
from mlb_ml_assets.warehouse.settings import (
    API_ROLE,
    EMBEDDED_LOGIN_VARIABLE,
    DatabaseSettings,
    SettingsError,
    is_automation_on,
)

DEFINITIONS = "mlb_ml_assets.definitions"
# In the order of the graph.
ASSET_GROUPS: Final = ("raw_data", "staging", "curated", "features", "model", "predictions", "performance", "upkeep")
# Dagster's ids of the groups, which the page of its graph takes as those to open with.
_EXPANDED = ",".join(f"global@global:{group}" for group in ASSET_GROUPS)


@dataclass(frozen=True)
class Service:
    """One process of the stack.

    Attributes:
        address: where it is reached, or what it does where nothing listens.
        port: None where nothing listens.
        link: address with the secret that a browser needs once; empty where none is needed.
        is_awaited: whether the services after it are started only when it answers.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Callable[[], bool]
    address: str
    port: int | None = None
    port_variable: str = ""
    link: str = field(default="", repr=False)
    is_awaited: bool = False


def declared_services(settings: DatabaseSettings, definitions: str = DEFINITIONS) -> list[Service]:
    """The services to run here, in starting order; the first is stopped last.

    On the embedded server each logs in as a role with the rights that it needs, on a given one as the given user.
    MLflow is left out where MLFLOW_TRACKING_URI names a server that runs elsewhere, the API where it is not installed.
    """
    environment = project_environment(settings)
    services = []
    if not settings.has_mlflow_server:
        mlflow = _mlflow(settings, environment)
        services.append(mlflow)
        token = read_service_token("mlflow", mlflow_server.TOKEN_VARIABLE, settings.home)
        environment = {"MLFLOW_TRACKING_URI": mlflow.address, **environment, mlflow_server.TOKEN_VARIABLE: token}
    services += _dagster(settings, environment, definitions)
    if is_automation_on(environment):
        services.append(_pricer(settings, environment))
    if _importable("mlb_ml_assets.serving.__main__"):
        services.append(_api(_log_in(API_ROLE, settings, environment)))
    return services


def _log_in(role: str, settings: DatabaseSettings, environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, EMBEDDED_LOGIN_VARIABLE: role} if settings.embedded else dict(environment)


def _mlflow(settings: DatabaseSettings, environment: Mapping[str, str]) -> Service:
    port = read_port("MLB_ML_MLFLOW_PORT", 5000)
    address = f"http://{LOOPBACK}:{port}"
    token = read_service_token("mlflow", mlflow_server.TOKEN_VARIABLE, settings.home)
    return Service(
        name="mlflow",
        command=mlflow_server.mlflow_command(LOOPBACK, port),
        environment=mlflow_server.mlflow_environment(settings.log_in_as(MLFLOW_ROLE), environment),
        # /health answers without the store.
        ready=lambda: _json(f"{address}/api/2.0/mlflow/experiments/search", {"max_results": 1}, token) is not None,
        link=_link(address, token),
        address=address,
        port=port,
        port_variable="MLB_ML_MLFLOW_PORT",
    )


def _dagster(settings: DatabaseSettings, environment: Mapping[str, str], definitions: str) -> list[Service]:
    port = read_port("MLB_ML_DAGSTER_PORT", 3000)
    address = f"http://{LOOPBACK}:{port}"
    token = read_service_token("dagster", dagster_webserver.TOKEN_VARIABLE, settings.home)
    target = ("--workspace", str(code_server.WORKSPACE))
    webserver = ("-m", "mlb_ml_assets.stack.dagster_webserver", "--host", LOOPBACK, "--port", str(port), *target)
    code = _log_in(CODE_ROLE, settings, environment)
    environment = _log_in(DAGSTER_ROLE, settings, environment)
    environment[code_server.SOCKET_VARIABLE] = str(code_server.code_socket(settings.home))
    return [
        Service(
            name="dagster-code",
            command=(sys.executable, "-m", "mlb_ml_assets.stack.code_server", "--module-name", definitions),
            environment=code,
            ready=lambda: code_server.answers(settings.home),
            address="(definitions, and the runs)",
            # A web server or daemon that finds no code server has no definitions until it looks again, in a minute.
            is_awaited=True,
        ),
        Service(
            name="dagster-webserver",
            command=(sys.executable, *webserver),
            environment=environment,
            ready=lambda: _code_location_loaded(address, token),
            link=_link(address, token, "/asset-groups", {"expanded": _EXPANDED}),
            address=address,
            port=port,
            port_variable="MLB_ML_DAGSTER_PORT",
        ),
        Service(
            name="dagster-daemon",
            command=(sys.executable, "-m", "mlb_ml_assets.stack.daemon", *target),
            environment=environment,
            ready=lambda: _daemons_healthy(address, token),
            address="(schedules, sensors, run queue)",
        ),
    ]


def _pricer(settings: DatabaseSettings, environment: Mapping[str, str]) -> Service:
    return Service(
        name="pricer",
        command=(sys.executable, "-m", "mlb_ml_assets.live"),
        environment=_log_in(CODE_ROLE, settings, environment),
        ready=lambda: _has_pricer(settings),
        address="(a stake about a second after the price)",
    )


def _has_pricer(settings: DatabaseSettings) -> bool:
    try:
        with connect(settings.dsn, "mlb_ml:status", autocommit=True) as connection:
            return is_held(connection, Lock.PRICER)
    except DatabaseUnreachable:
        return False


def _api(environment: Mapping[str, str]) -> Service:
    port = read_port("MLB_ML_API_PORT", 8000)
    address = f"http://{LOOPBACK}:{port}"
    return Service(
        name="api",
        command=(sys.executable, "-m", "mlb_ml_assets.serving", "--host", LOOPBACK, "--port", str(port)),
        environment=environment,
        ready=lambda: answers(f"{address}/health/live"),
        address=address,
        port=port,
        port_variable="MLB_ML_API_PORT",
    )


def _link(address: str, token: str, path: str = "/", query: Mapping[str, str] | None = None) -> str:
    return f"{address}{path}?{urlencode({**(query or {}), 'token': token})}"


def _code_location_loaded(address: str, token: str) -> bool:
    query = "{ workspaceOrError { ... on Workspace { locationEntries { loadStatus } } } }"
    answer = _json(f"{address}/graphql", {"query": query}, token)
    if answer is None:
        return False
    entries = answer["data"]["workspaceOrError"].get("locationEntries", [])
    # A location that fails to load is shown, with its traceback, in the UI: the webserver itself is up.
    return bool(entries) and all(entry["loadStatus"] == "LOADED" for entry in entries)


def _daemons_healthy(address: str, token: str) -> bool:
    query = "{ instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } } }"
    answer = _json(f"{address}/graphql", {"query": query}, token)
    if answer is None:
        return False
    daemons = answer["data"]["instance"]["daemonHealth"]["allDaemonStatuses"]
    return bool(daemons) and all(each["healthy"] for each in daemons if each["required"])


def read_port(variable: str, default: int) -> int:
    """The port that a variable names, or the default.

    Raises:
        SettingsError: it is no port number.
    """
    value = os.environ.get(variable, "") or str(default)
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise SettingsError(f"{variable} is {value!r}: a number from 1 to 65535 is needed")
    return int(value)


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def answers(url: str) -> bool:
    """Whether a GET of our own service on loopback is answered with 200."""
    try:
        with _open(urllib.request.Request(url)) as answer:  # noqa: S310 (http on loopback, from our own port)
            return int(answer.status) == 200
    except OSError:
        return False


def _json(url: str, body: Mapping[str, Any], token: str) -> Any:
    data = json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 (ditto)
    try:
        with _open(request) as answer:
            return json.load(answer)
    except (OSError, ValueError):
        return None


def _open(request: urllib.request.Request) -> Any:
    # No proxy: http_proxy of the environment is not meant for our own loopback.
    return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10)
