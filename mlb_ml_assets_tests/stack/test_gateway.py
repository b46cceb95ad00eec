"""The gateway: who reaches MLflow and Dagster's web server, and who does not.

Belongs here: its rules on a small application, and each attack on the real services of `up`.
Not here: the API's own keys (serving/), what the services do for their owner (test_real_stack.py).
"""

import re
import stat
import time

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from mlb_ml_assets.stack.gateway import Gateway, TokenError, read_service_token
from mlb_ml_assets.stack.mlflow_server import SERVED, is_below

TOKEN = "a-secret-of-this-installation"
OWNER = {"Authorization": f"Bearer {TOKEN}"}


async def _echo(request):
    return PlainTextResponse(f"{request.method} {request.url.path}?{request.url.query}")


async def _socket(socket):
    await socket.accept()
    await socket.send_text("hello")


@pytest.fixture
def client():
    methods = ["GET", "HEAD", "POST", "PUT", "DELETE"]
    routes = [WebSocketRoute("/graphql", _socket), Route("/{path:path}", _echo, methods=methods)]
    app = Gateway(
        Starlette(routes=routes), service="toy", token=TOKEN, allowed_hosts=["toy:5000", "toy.example"],
        open_paths=["/health"], query_paths=["/graphql"],
    )  # fmt: skip
    with TestClient(app, base_url="http://127.0.0.1:5000", follow_redirects=False) as client:
        yield client


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:5555", "127.0.0.1:8080", "127.8.9.1", "[::1]:5000", "mlflow.localhost:1", "toy:5000",
     "TOY.example:444"],
)  # fmt: skip
def test_any_local_name_and_port_is_answered(client, host):
    """Through a tunnel the port is another one: `localhost:5555` got 403."""
    assert client.get("/", headers={**OWNER, "Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:5000", "127.0.0.1.evil.example", "toy", "user@localhost", "localhost:x", "",
     "10.0.0.1", "localhost/", "evillocalhost", "0.0.0.0:5000"],
)  # fmt: skip
def test_a_name_that_an_attacker_points_here_is_refused(client, host):
    """A page on evil.example whose name is then pointed at 127.0.0.1 reads everything as its own origin."""
    assert client.get("/", headers={**OWNER, "Host": host}).status_code == 421


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:9999", "http://127.0.0.1:8888"])
def test_another_origin_is_refused_also_a_local_one(client, origin):
    """Another local user's page at another port is another origin, and was answered."""
    for method in ("GET", "POST"):
        assert client.request(method, "/", headers={**OWNER, "Origin": origin}).status_code == 403


def test_its_own_origin_is_answered_also_behind_tls(client):
    """A proxy that ends TLS changes the scheme and keeps the host."""
    for origin in ("http://127.0.0.1:5000", "https://127.0.0.1:5000"):
        assert client.post("/", headers={**OWNER, "Origin": origin}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}, {"Cookie": "mlb_ml_toy_5000=wrong"},
     {"Cookie": f"mlb_ml_toy_5001={TOKEN}"}],
)  # fmt: skip
def test_without_the_secret_nothing_is_answered(client, headers):
    """Every user of the machine reaches loopback."""
    for method in ("GET", "POST", "PUT", "DELETE", "HEAD"):
        assert client.request(method, "/api", headers=headers).status_code == 401


def test_the_link_sets_a_cookie_and_takes_the_secret_out_of_the_address(client):
    """An address stays in histories and in the Referer of what is opened from it."""
    answer = client.get(f"/runs?token={TOKEN}&page=2")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/runs?page=2"
    assert answer.headers["referrer-policy"] == "no-referrer"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert client.get("/runs").status_code == 200
    assert client.get("/?token=wrong").status_code == 401


def test_the_link_leads_to_no_other_host(client):
    """`//evil.example` in a path is a host to a browser."""
    assert client.get(f"http://127.0.0.1:5000//evil.example/?token={TOKEN}").headers["location"] == "/evil.example/"


def test_a_get_changes_nothing(client):
    """`<img src=…/graphql?query=mutation…>` on any page started a run."""
    for method in ("GET", "HEAD"):
        assert client.request(method, "/graphql?query=mutation{x}", headers=OWNER).status_code == 405
    assert client.get("/graphql", headers=OWNER).status_code == 200
    assert client.post("/graphql", headers=OWNER).status_code == 200


def test_a_health_check_needs_no_secret_and_can_do_nothing_else(client):
    """A kubelet knows neither the secret nor the name."""
    assert client.get("/health", headers={"Host": "10.1.2.3:5000"}).status_code == 200
    assert client.post("/health", headers={"Host": "10.1.2.3:5000"}).status_code == 421
    assert client.get("/health/x").status_code == 401


def test_websockets_need_the_same(client):
    """Foreign pages were accepted as subscribers."""
    here = {**OWNER, "Host": "127.0.0.1:5000"}
    with client.websocket_connect("/graphql", headers=here) as socket:
        assert socket.receive_text() == "hello"
    anonymous = {"Host": "127.0.0.1:5000"}
    for headers in (anonymous, {**here, "Origin": "http://evil.example"}, {**here, "Host": "evil.example"}):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect("/graphql", headers=headers):
            pass


def test_the_secret_is_made_once_and_is_its_owners(tmp_path):
    """A secret that others can read, or replace by a link, is theirs."""
    home = tmp_path / "home"
    token = read_service_token("toy", "TOY_TOKEN", home, {})
    assert read_service_token("toy", "TOY_TOKEN", home, {}) == token
    path = home / "run" / "toy.token"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    with pytest.raises(TokenError, match="open to others"):
        read_service_token("toy", "TOY_TOKEN", home, {})
    path.unlink()
    (tmp_path / "elsewhere").write_text("x" * 40)
    path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TokenError, match="cannot be used"):
        read_service_token("toy", "TOY_TOKEN", home, {})


def test_a_given_secret_is_used_and_a_short_one_refused(tmp_path):
    """Containers share a secret by variable or file; one that can be guessed is none."""
    (tmp_path / "secret").write_text("b" * 32 + "\n")
    assert read_service_token("toy", "T", tmp_path, {"T": "a" * 16}) == "a" * 16
    assert read_service_token("toy", "T", tmp_path, {"T_FILE": str(tmp_path / "secret")}) == "b" * 32
    for environment in ({"T": "short"}, {"T": "a" * 16, "T_FILE": "x"}, {"T_FILE": str(tmp_path / "none")}):
        with pytest.raises(TokenError, match="T"):
            read_service_token("toy", "T", tmp_path, environment)


@pytest.mark.parametrize(
    "path",
    ["/ajax-api/3.0/mlflow/assistant/config", "/ajax-api/3.0/mlflow/assistant/message", "/api/2.0/mlflow/webhooks",
     "/ajax-api/3.0/mlflow/jobs/1", "/gateway/x/mlflow/invocations", "/ajax-api/2.0/mlflow/gateway-proxy",
     "/api/3.0/mlflow/gateway/secrets/create", "/ajax-api/3.0/mlflow/genai/evaluate/invoke", "/v1/traces",
     "/ajax-api/3.0/mlflow/scorer/invoke", "/api/3.0/mlflow/mcp-servers",
     "/ajax-api/2.0/mlflow/runs/create-promptlab-run", "/api/2.0/mlflow/artifacts/presigned-upload-url"],
)  # fmt: skip
def test_what_executes_or_calls_out_is_not_served(path):
    """An upgrade of MLflow adds such calls; they must not appear by themselves."""
    assert not SERVED.fullmatch(path)


@pytest.mark.parametrize(
    ("location", "allowed"),
    [("file:///srv/a/mlartifacts/x", True), ("/srv/a/mlartifacts/x", True), ("mlflow-artifacts:/home_ml", True),
     ("file:///etc", False), ("file:///srv/a/mlartifacts/../x", False), ("file:///srv/a/mlartifacts/%2e%2e/x", False),
     ("s3://bucket/x", False), ("file:///srv/a/mlartifactsx", False), ("mlflow-artifacts:/../x", False),
     ("mlflow-artifacts://host/x", False), ("file://host/srv/a/mlartifacts/x", False)],
)  # fmt: skip
def test_artifacts_stay_below_the_root(location, allowed):
    """experiments/create with file:///any/folder wrote files as the operator there."""
    assert is_below(location, "file:///srv/a/mlartifacts") is allowed


@pytest.fixture
def attacker():
    with httpx.Client(timeout=30, trust_env=False) as client:
        yield client


def test_the_assistant_of_mlflow_does_not_exist_on_the_real_server(real_stack, attacker):
    """Three requests of any local user ran a command as the operator."""
    base = f"{real_stack.mlflow_url}/ajax-api/3.0/mlflow/assistant"
    owner = {"Authorization": f"Bearer {real_stack.token('mlflow')}"}
    config = {"providers": {"ollama": {"selected": True, "permissions": {"full_access": True}}}}
    for method, path in (("PUT", "config"), ("GET", "config"), ("POST", "message"), ("GET", "sessions/1/stream")):
        assert attacker.request(method, f"{base}/{path}", json=config).status_code == 401
        assert attacker.request(method, f"{base}/{path}", json=config, headers=owner).status_code in {404, 405}


def test_strangers_neither_read_nor_write_on_the_real_mlflow(real_stack, attacker):
    """Any local user replaced the champion's files, and any page read the runs."""
    base = f"{real_stack.mlflow_url}/api/2.0"
    place = f"{base}/mlflow-artifacts/artifacts/home_ml/models/x/artifacts/arrays.npz"
    for method, url in (("PUT", place), ("DELETE", place), ("GET", place), ("GET", real_stack.mlflow_url)):
        assert attacker.request(method, url, content=b"" if method == "PUT" else None).status_code == 401
    owner = {"Authorization": f"Bearer {real_stack.token('mlflow')}"}
    create = {"name": "elsewhere", "artifact_location": "file:///tmp/elsewhere"}
    assert attacker.post(f"{base}/mlflow/experiments/create", json=create, headers=owner).status_code == 400
    port = real_stack.mlflow_url.rpartition(":")[2]
    assert attacker.get(f"{base}/mlflow/experiments/get-by-name?experiment_name=Default",
                        headers={**owner, "Host": f"localhost:{int(port) + 1}"}).status_code == 200  # fmt: skip


def test_no_page_changes_or_reads_the_real_dagster(real_stack, attacker):
    """`<img src=…/graphql?query=mutation…>` started a run; a forged report put an event into the log."""
    url = real_stack.dagster_url
    mutation = f"{url}/graphql?query=mutation{{stopSensor(id:%22x%22){{__typename}}}}"
    cookie = {"Cookie": f"mlb_ml_dagster_{url.rpartition(':')[2]}={real_stack.token('dagster')}"}
    assert attacker.get(mutation).status_code == 405
    assert attacker.get(mutation, headers=cookie).status_code == 405
    evil = {**cookie, "Origin": "http://evil.example"}
    assert attacker.post(f"{url}/report_asset_materialization/enhanced_games", headers=evil).status_code == 403
    assert attacker.post(f"{url}/report_asset_materialization/enhanced_games").status_code == 401
    assert attacker.post(f"{url}/graphql", json={"query": "{version}"}).status_code == 401
    assert attacker.get(url, headers={**cookie, "Host": "evil.example"}).status_code == 421
    answer = attacker.post(f"{url}/graphql", json={"query": "{version}"}, headers=cookie)
    assert "version" in answer.json()["data"]


def test_mlflows_own_client_reaches_the_server_with_the_token_it_knows(real_stack, monkeypatch):
    """MLFLOW_TRACKING_TOKEN is MLflow's own name: a notebook needs nothing of ours."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException

    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN", raising=False)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(MlflowException, match="401"):
        MlflowClient(real_stack.mlflow_url).search_experiments()
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", real_stack.token("mlflow"))
    assert "Default" in [each.name for each in MlflowClient(real_stack.mlflow_url).search_experiments()]


def test_the_api_of_the_stack_reaches_mlflow_with_the_secret(real_stack, attacker):
    """Without it the API reports `degraded` for ever, and no model is loaded."""
    deadline = time.monotonic() + 180  # the first answer imports MLflow, on a machine that may be busy
    while (registry := attacker.get(f"{real_stack.api_url}/health").json()["model_registry"]) in {
        "unknown",
        "unreachable",
    }:
        assert time.monotonic() < deadline, registry
        time.sleep(0.5)


def test_up_prints_a_link_with_the_secret_and_no_log_holds_it(real_stack):
    """A person opens the link once; logs are read by more people than the owner."""
    home = real_stack.database.settings.home
    printed = (home / "stack" / "up.txt").read_text()
    for service in ("mlflow", "dagster"):
        # Dagster's link opens the graph with its groups expanded.
        assert re.search(rf"/(asset-groups)?\?(expanded=\S+&)?token={re.escape(real_stack.token(service))}", printed)
        for log in (home / "logs").iterdir():
            assert real_stack.token(service) not in log.read_text(errors="replace"), log
    assert stat.S_IMODE((home / "run" / "mlflow.token").stat().st_mode) == 0o600
