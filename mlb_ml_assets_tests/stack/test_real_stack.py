"""The stack as a user starts it, and three programs in its one database.

Belongs here: promises that only the real processes can break.
Not here: supervision (test_services, with small programs in their place).
"""

import json
import time
import urllib.request

import pytest

from mlb_ml_assets.stack.code_server import code_socket
from mlb_ml_assets.stack.services import status


def _post(url: str, body: dict, token: str) -> dict:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def test_mlflow_server_answers_a_browser_on_loopback(real_stack):
    """Its host check refuses every name that was not allowed, also while /health says all is well."""
    found = _post(
        f"{real_stack.mlflow_url}/api/2.0/mlflow/experiments/search", {"max_results": 10}, real_stack.token("mlflow")
    )
    locations = {each["name"]: each["artifact_location"] for each in found["experiments"]}
    assert locations["Default"].startswith(f"file://{real_stack.database.settings.home}")


def test_webserver_answers_queries_that_read_the_database(real_stack):
    """With psycopg 3 as driver the page loads and every query behind it fails: the connection is closed."""
    query = "{ runsOrError { __typename } }"
    answer = _post(f"{real_stack.dagster_url}/graphql", {"query": query}, real_stack.token("dagster"))
    assert answer["data"]["runsOrError"]["__typename"] == "Runs"


def test_webserver_has_loaded_the_project(real_stack):
    """The page comes up all the same when the code location does not."""
    query = "{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError { __typename "
    query += "... on PythonError { message } } } } } }"
    answer = _post(f"{real_stack.dagster_url}/graphql", {"query": query}, real_stack.token("dagster"))
    entries = answer["data"]["workspaceOrError"]["locationEntries"]
    assert [each["locationOrLoadError"] for each in entries] == [{"__typename": "RepositoryLocation"}]


def test_status_of_a_running_stack_is_zero(real_stack, monkeypatch):
    """Scripts wait for it."""
    for name, value in real_stack.environment.items():
        monkeypatch.setenv(name, value)
    lines: list[str] = []
    assert status(say=lines.append) == 0, lines
    assert all(" pid " in line for line in lines[1:])


def test_every_service_is_logged_in_as_its_own_role(real_stack):
    """An injection into Dagster or MLflow ran as the owner of the server, who may start programs."""
    with urllib.request.urlopen(f"{real_stack.api_url}/health/ready", timeout=30):
        pass  # its pool closes what is idle
    with real_stack.database.connect() as connection:
        users = connection.execute(
            "SELECT DISTINCT usename FROM pg_stat_activity WHERE datname = current_database()"
            " AND application_name NOT IN ('test', 'mlb_ml:status')"
        ).fetchall()
    assert {user for (user,) in users} == {"mlb_api", "mlb_mlflow", "mlb_dagster", "mlb_code"}


@pytest.mark.parametrize("job", ["experiments", "upkeep"])
def test_a_run_goes_through_the_code_server(real_stack, job):
    """A right that the code server lacks shows in the first run only, hours after `up` reported that all is well."""
    address, token = f"{real_stack.dagster_url}/graphql", real_stack.token("dagster")
    selector = {"repositoryLocationName": "mlb_ml_assets.definitions", "repositoryName": "__repository__"}
    launch = "mutation ($selector: JobOrPipelineSelector!) { launchRun(executionParams: {selector: $selector})"
    launch += " { __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"
    variables = {"selector": {**selector, "pipelineName": job}}
    launched = _post(address, {"query": launch, "variables": variables}, token)["data"]["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    query = "query ($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
    asked = {"query": query, "variables": {"run": launched["run"]["runId"]}}
    deadline = time.monotonic() + 120
    while (status := _post(address, asked, token)["data"]["runOrError"]["status"]) not in {"SUCCESS", "FAILURE"}:
        assert time.monotonic() < deadline, status
        time.sleep(0.3)
    assert status == "SUCCESS", (real_stack.database.settings.home / "logs/dagster-code.log").read_text()[-3000:]


def test_the_code_servers_socket_is_its_owners(real_stack):
    """Whoever reaches it has it execute code, without a login."""
    socket = code_socket(real_stack.database.settings.home)
    assert socket.is_socket()
    assert socket.stat().st_mode & 0o077 == 0
    assert socket.parent.stat().st_mode & 0o077 == 0


def test_each_program_keeps_to_its_own_schema(real_stack):
    """Dagster and MLflow both own tables called runs, jobs and alembic_version."""
    with real_stack.database.connect() as connection:
        rows = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE NOT schemaname LIKE 'pg_temp%'"
        ).fetchall()
    tables: dict[str, set[str]] = {}
    for schema, table in rows:
        tables.setdefault(schema, set()).add(table)
    assert "public" not in tables
    assert {"runs", "event_logs", "alembic_version"} <= tables["dagster"]
    assert {"runs", "experiments", "alembic_version"} <= tables["mlflow"]
    assert tables.keys() <= {
        "dagster", "mlflow", "mlb_ml", "raw_data", "staging", "staging_months", "curated", "pg_catalog",
        "information_schema",
    }  # fmt: skip
