"""The stack as a user starts it, and three programs in its one database.

Belongs here: promises that only the real processes can break.
Not here: supervision (test_services, with small programs in their place).
"""

import json
import urllib.request

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
    assert [each["name"] for each in found["experiments"]] == ["Default"]
    assert found["experiments"][0]["artifact_location"].startswith(f"file://{real_stack.database.settings.home}")


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
        "dagster", "mlflow", "mlb_ml", "raw_data", "staging", "curated", "pg_catalog", "information_schema",
    }  # fmt: skip
