"""Authorization, headers and secrets.

Belongs here: keys, rates, hosts, headers, secrets, the role of the API's sessions.
Not here: responses (test_api.py).
"""

import asyncio
import base64
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
import time_machine

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.serving import gate
from mlb_ml_assets.serving.__main__ import main
from mlb_ml_assets.serving.api_keys import KEPT_SECONDS, KeyRing
from mlb_ml_assets.serving.database import ReadDatabase
from mlb_ml_assets.serving.settings import ServingSettings, is_loopback
from mlb_ml_assets.warehouse.api_keys import UnknownKey, read_keys, revoke_key
from mlb_ml_assets.warehouse.settings import SettingsError
from mlb_ml_assets_tests.serving.conftest import client_for, key_of
from mlb_ml_assets_tests.serving.slate_rows import DAY

SLATE = f"/api/v2/slates/{DAY}"


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("127.9.9.9", True), ("0.0.0.0", False), ("::", False),
     ("10.0.0.7", False), ("api.internal", False), ("", False)],
)  # fmt: skip
def test_only_loopback_is_open_without_a_key(host, local):
    """`--host 0.0.0.0` on a public network exposed everything."""
    assert is_loopback(host) is local
    assert ServingSettings.bound_to(host or "0.0.0.0", 8000, environment={}).require_keys is not local


def test_a_key_is_accepted_as_header_bearer_token_or_password(served):
    """Browsers can only send a password, programs a header."""
    key = key_of(served.database)
    basic = base64.b64encode(f"anyone:{key}".encode()).decode()
    with client_for(served.database, require_keys=True) as client:
        for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}, {"Authorization": f"Basic {basic}"}):
            assert client.get(SLATE, headers=headers).status_code == 200
        refused = client.get(SLATE)
        assert refused.status_code == 401
        assert refused.headers["WWW-Authenticate"].startswith("Basic")
        for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), "mlbml_nobody00_" + "x" * 43, "", "ü"):
            assert client.get(SLATE, headers={"X-API-Key": wrong.encode()}).status_code == 401
        assert client.get("/health/live").status_code == 200
        for path in ("/", "/metrics", "/performance", "/reference", "/openapi.json", "/api/v2/stream"):
            assert client.get(path).status_code == 401, path


@pytest.fixture
def reads(served) -> Iterator[ReadDatabase]:
    made = ReadDatabase(2, 5000, dsn=lambda: served.database.dsn)
    yield made
    made.close()


def test_keys_rotate_without_a_gap_and_a_revoked_one_ends_soon(served, reads):
    """Replacing a leaked key took the service down, or the key worked forever."""
    first, second = key_of(served.database), key_of(served.database)
    clock = [0.0]
    ring = KeyRing(lambda: reads.read(read_keys), now=lambda: clock[0])

    async def find(*keys: str) -> list[bool]:
        return [await ring.find(key) is not None for key in keys]

    assert asyncio.run(find(first, second)) == [True, True]
    with served.database.connect() as connection:
        revoke_key(connection, first.split("_")[1], present())
        with pytest.raises(UnknownKey):
            revoke_key(connection, first.split("_")[1], present())
    clock[0] = KEPT_SECONDS + 0.1
    assert asyncio.run(find(first, second)) == [False, True]


def test_guesses_do_not_query_the_database(served, reads):
    """A query per guessed key let anyone occupy the connection pool, and the limit against that locked out owners."""
    key = key_of(served.database)
    clock, queries = [0.0], []

    def read() -> list:
        queries.append(1)
        return reads.read(read_keys)

    ring = KeyRing(read, now=lambda: clock[0])

    async def guess() -> None:
        for number in range(100):
            assert await ring.find(f"mlbml_abcd{number:04d}_{'x' * 43}") is None
        assert await ring.find(key) is not None

    asyncio.run(guess())
    assert len(queries) == 1
    new = key_of(served.database)
    clock[0] = 0.3
    assert asyncio.run(ring.find(new)) is not None, "a new key is usable at once"


def test_a_key_can_expire(served, reads, monkeypatch):
    """A key for a weekend opened the API for years."""
    key = key_of(served.database, days=2)
    ring = KeyRing(lambda: reads.read(read_keys))
    assert asyncio.run(ring.find(key))
    monkeypatch.delenv("MLB_ML_SIMULATED_NOW")
    with time_machine.travel(datetime(2024, 6, 17, tzinfo=UTC), tick=False):
        assert asyncio.run(ring.find(key)) is None


def test_no_key_is_stored(served):
    """A copy of the database must not open the API."""
    key = key_of(served.database)
    with served.database.connect() as connection:
        (row,) = read_keys(connection)
        stored = connection.execute("SELECT k::TEXT FROM mlb_ml.api_keys AS k").fetchall()
    assert key.split("_", 2)[2] not in str(stored) + repr(row)
    assert len(row.key_sha256) == 32


def test_a_key_has_a_rate_and_guessing_has_another(served):
    """One client used the whole machine; another tried keys all night, and locked out the owner of a valid one."""
    key, other = key_of(served.database, requests_per_minute=60), key_of(served.database)
    with client_for(served.database, require_keys=True, failures_per_minute=30) as client:
        codes = [client.get(SLATE, headers={"X-API-Key": key}).status_code for _ in range(14)]
        assert codes[:10] == [200] * 10
        assert 429 in codes[10:]
        guesses = [client.get(SLATE, headers={"X-API-Key": f"mlbml_abcdefgh_{n:043d}"}).status_code for n in range(8)]
        assert guesses[:5] == [401] * 5
        assert guesses[-1] == 429
        assert client.get(SLATE, headers={"X-API-Key": other}).status_code == 200


def test_tokens_come_back_with_time():
    """A limit that never refills."""
    clock = [0.0]
    rates = gate.RateLimit(now=lambda: clock[0])
    assert [rates.take("a", 60) > 0 for _ in range(11)] == [False] * 10 + [True]
    assert rates.take("b", 60) == 0
    clock[0] = 1.01
    assert rates.take("a", 60) == 0
    assert rates.take("a", 60) > 0


def test_a_foreign_host_name_is_refused_on_loopback(served):
    """A web page resolved its own name to 127.0.0.1 and read the API through the visitor's browser."""
    with client_for(served.database, allowed_hosts=("localhost", "127.0.0.1", "::1")) as client:
        for host, expected in (("evil.example", 421), ("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:8000", 200)):
            assert client.get("/api/v2/slates", headers={"Host": host}).status_code == expected, host


def test_every_response_has_the_security_headers(client):
    """A script injected into a page, or the page in a foreign frame."""
    for path in ("/", "/api/v2/slates", "/nothing", "/static/page.css"):
        headers = client.get(path, headers={"Origin": "https://evil.example"}).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert {"private", "no-store", "immutable"} & set(headers["Cache-Control"].split(", "))
        assert not [name for name in headers if name.lower().startswith("access-control")]


@pytest.mark.parametrize(
    "path", ["/", "/performance", "/reference", "/games/id:1?odds=-105&bet=moneyline-home", "/nothing"]
)
def test_pages_load_from_no_other_host_and_run_nothing_inline(client, path):
    """The policy would block it and break the page."""
    page = client.get(path, headers={"Accept": "text/html"}).text
    assert not re.findall(r'(?:src|href|action)="(?:https?:)?//[^"]*"', page)
    assert " style=" not in page
    assert "<style" not in page
    assert not re.findall(r"<script(?![^>]*\bsrc=)", page)
    assert not re.findall(r"\son\w+=", page)


def test_form_input_is_escaped(client, served):
    """A link that runs a script in the reader's session."""
    attack = '"><script>alert(1)</script>'
    for path in ("/", f"/games/id:{served.games[0]}"):
        page = client.get(path, params={"bankroll": attack, "odds": attack, "bet": attack}).text
        assert "<script>alert" not in page
    assert "<script>alert" not in client.get("/", params={"date": attack}, headers={"Accept": "text/html"}).text


def test_no_secret_is_in_any_response_or_log(served, monkeypatch, caplog):
    """The database's password in a stack trace, a caller's key in an access log."""
    secrets = {"POSTGRES_PASSWORD": "hunter2-pg", "MLFLOW_TRACKING_URI": "postgresql://u:hunter2-mlflow@nowhere/x"}
    for name, value in {**secrets, "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": "1", "POSTGRES_USER": "u"}.items():
        monkeypatch.setenv(name, value)
    key = key_of(served.database)
    caplog.set_level(logging.DEBUG)
    texts = []
    broken = ReadDatabase(2, 1000)
    for database in (broken, ReadDatabase(2, 1000, dsn=lambda: served.database.dsn)):
        with client_for(served.database, require_keys=True) as client:
            services = client.app.state.services
            services.slates._database = database
            monkeypatch.setattr(services, "database", database)
            for path in (
                "/api/v2/slates",
                "/api/v2/models/active",
                "/health",
                "/metrics",
                "/",
                SLATE,
                "/api/v2/predict/1",
            ):
                answer = client.get(
                    path, headers={"X-API-Key": key, "Cookie": "hunter2-cookie"}, params={"x": "hunter2-q"}
                )
                texts.append(answer.text + str(answer.headers))
            monkeypatch.setattr(services, "database", None)
            failed = client.get("/api/v2/slates", headers={"X-API-Key": key})
            assert failed.status_code == 500
            assert failed.json()["type"].endswith("internal-error")
            texts.append(failed.text)
    # The test's own client logs the addresses that it requests.
    logged = " ".join(record.getMessage() for record in caplog.records if record.name != "httpx")
    assert "failed" in logged
    everything = "".join(texts) + logged
    assert "hunter2" not in everything
    assert key not in everything


def test_the_apis_sessions_cannot_write_and_may_not_read_payloads(reads):
    """An injection into a query must not reach the data."""
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reads.read(lambda c: c.execute("UPDATE curated.ml_predictions SET risk_level = NULL"))
    assert reads.read(lambda c: c.execute("SELECT current_user").fetchone()) == ("mlb_api",)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reads.read(lambda c: c.execute("SELECT * FROM raw_data.payload_receipts"))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reads.read(lambda c: c.execute("SET TRANSACTION READ WRITE; DELETE FROM curated.ml_predictions"))


def test_roles_have_what_they_need_and_no_more(database):
    """Roles that exist in the documentation only."""
    with database.connect() as connection:
        privileges = connection.execute(
            "SELECT has_table_privilege('mlb_api', 'curated.ml_predictions', 'SELECT'), "
            "has_table_privilege('mlb_api', 'curated.ml_predictions', 'UPDATE'), "
            "has_table_privilege('mlb_pipeline', 'curated.ml_predictions', 'INSERT'), "
            "has_table_privilege('mlb_pipeline', 'mlb_ml.api_keys', 'INSERT'), "
            "has_schema_privilege('mlb_owner', 'curated', 'CREATE'), "
            "has_schema_privilege('mlb_pipeline', 'curated', 'CREATE')"
        ).fetchone()
        connection.execute("CREATE TABLE curated.later (id INTEGER)")
        later = connection.execute("SELECT has_table_privilege('mlb_api', 'curated.later', 'SELECT')").fetchone()
    assert privileges == (True, False, True, False, True, False)
    assert later == (True,)


@pytest.mark.parametrize(
    ("variable", "value"), [("MLB_ML_API_PORT", "http"), ("MLB_ML_API_PORT", "70000"), ("MLB_ML_API_RATE", "-1")]
)
def test_an_invalid_variable_is_named(monkeypatch, capsys, variable, value):
    """A server that starts at another address than configured."""
    with pytest.raises(SettingsError, match=variable):
        ServingSettings.from_environment({variable: value})
    monkeypatch.setenv(variable, value)
    assert main([]) == 2
    assert variable in capsys.readouterr().err
