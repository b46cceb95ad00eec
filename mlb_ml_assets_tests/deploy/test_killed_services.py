"""Database, MLflow or API killed while a request is under way, and brought back without the others being touched.

Belongs here: what a client hears in between, and that nobody else needs a restart.
Not here: writers that die (drills/), the order in which containers start (test_services_of_compose.py).
"""

import os
import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import psycopg
import pytest

from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets_tests.chain import LAST
from mlb_ml_assets_tests.conftest import free_ports
from mlb_ml_assets_tests.deploy.services_apart import PLANTED, Apart, Program
from mlb_ml_assets_tests.serving.browser import browser, missing
from mlb_ml_assets_tests.serving.conftest import events_of

pytestmark = pytest.mark.long

DAY = LAST.replace(day=LAST.day - 1)
STORED = f"/api/v2/slates/{DAY}/predictions?limit=3"
READ, PRICED = "curated.ml_predictions", "curated.ml_feature_vectors"


@pytest.fixture(scope="module")
def unpredicted(apart) -> int:
    """A game of the last day, which has features and no stored prediction."""
    with connect(apart.settings.dsn, "test") as connection:
        row = connection.execute("SELECT min(id) FROM curated.enhanced_games WHERE game_date = %s", (LAST,)).fetchone()
        assert row is not None
        return int(row[0])


def test_the_database_dies_under_a_read_and_under_a_prediction(apart, unpredicted):
    """Sessions that wait for ever, an API and an MLflow that must be restarted by hand because their pools are dead."""
    others = {apart.api: apart.api.pid, apart.mlflow: apart.mlflow.pid}
    before, priced = _get(apart.api, STORED), _price(apart.api, unpredicted)
    assert (before.status_code, priced.status_code, priced.json()["stored"]) == (200, 200, False)
    with events_of(apart.api.address, DAY) as events, ThreadPoolExecutor() as clients:
        first = next(events)
        with _locked(apart, READ, PRICED):
            waiting = [
                clients.submit(_get, apart.api, STORED),
                clients.submit(_price, apart.api, unpredicted),
            ]
            _await_sessions(apart, lambda waiting: waiting >= 2)
            assert not any(each.done() for each in waiting)
            os.kill(apart.server.process().pid, signal.SIGKILL)
            for answer in _answers(waiting):
                _is_problem(answer, 503, "database-unavailable")
        assert _get(apart.api, "/health/live").status_code == 200
        assert _get(apart.api, "/health").json()["database"] == "unavailable"
        _is_problem(_get(apart.api, "/health/ready"), 503, "not-ready")
        for asked in (_get(apart.api, STORED), _price(apart.api, unpredicted)):
            _is_problem(asked, 503, "database-unavailable")
        apart.server.start()
        # The first request after its return, without a pause and without a second try.
        assert _get(apart.api, STORED).json() == before.json()
        assert _price(apart.api, unpredicted).json() == priced.json()
        assert _searches(apart.mlflow), "MLflow's sessions are still the dead ones"
        _touch(apart)
        heard = next(events)
        assert heard["version"] != first["version"]
        assert heard["game_ids"]
    assert {program: program.pid for program in others} == others
    assert all(program.process.poll() is None for program in others)


def test_mlflow_dies_while_a_model_is_fetched(apart, unpredicted):
    """A registry that hangs and takes stored predictions down with it; an API that never asks it again."""
    (port,) = free_ports(1)
    with apart.another_api(port) as api, ThreadPoolExecutor() as clients:
        _await_registry(api, "ok")
        apart.mlflow.freeze()
        waiting = clients.submit(_price, api, unpredicted)
        time.sleep(1.0)
        assert not waiting.done()
        assert _get(api, STORED).status_code == 200
        apart.mlflow.kill()
        try:
            _is_problem(waiting.result(40), 503, "model-registry-unavailable")
            _is_problem(_price(api, unpredicted), 503, "model-registry-unavailable")
            assert _get(api, STORED).status_code == 200
            assert _get(api, "/health/ready").status_code == 200
        finally:
            apart.mlflow.start()
        priced = _price(api, unpredicted)
        assert (priced.status_code, priced.json()["stored"]) == (200, False)
        assert priced.json() == _price(apart.api, unpredicted).json()


def test_the_api_dies_under_its_clients(apart, unpredicted):
    """Sessions that keep their locks and snapshots, or a client of the stream that misses what happened meanwhile."""
    others = {apart.server.process().pid, apart.mlflow.pid}
    priced = _price(apart.api, unpredicted).json()
    with ThreadPoolExecutor() as clients, events_of(apart.api.address, DAY) as events:
        seen = next(events)["id"]
        with _locked(apart, READ, PRICED):
            waiting = [clients.submit(_get, apart.api, STORED), clients.submit(_price, apart.api, unpredicted)]
            _await_sessions(apart, lambda waiting: waiting >= 2)
            apart.api.kill()
            for each in waiting:
                with pytest.raises(httpx.TransportError):
                    each.result(20)
            with pytest.raises(httpx.TransportError):
                next(events)
    _await_sessions(apart, lambda waiting: waiting == 0)
    _touch(apart)
    apart.api.start()
    assert _get(apart.api, STORED).status_code == 200
    assert _price(apart.api, unpredicted).json() == priced
    with events_of(apart.api.address, DAY, **{"Last-Event-ID": seen}) as events:
        assert next(events)["full"]
    assert {apart.server.process().pid, apart.mlflow.pid} == others
    assert apart.mlflow.process.poll() is None


@pytest.mark.skipif(bool(missing()), reason=f"no browser here: {missing()}")
def test_an_open_page_finds_its_way_back(apart):
    """A browser never asks again after a 503, and the page would say Reconnecting for ever."""
    with browser() as window:
        window.open(f"{apart.api.address}/?date={DAY}")
        declared = "return document.querySelector('#live').textContent === arguments[0]"
        window.until(declared, "Live")
        os.kill(apart.server.process().pid, signal.SIGKILL)
        apart.api.kill()
        apart.api.launch()
        apart.api.await_answer("/health/live")
        window.until(declared, "Reconnecting")
        _await_refusal(apart.api, "/api/v2/stream 503")
        apart.server.start()
        window.until(declared, "Live", seconds=30)
        _touch(apart)
        window.until("return document.querySelector('#live').textContent.startsWith('Updated')")


def test_no_request_of_all_that_was_a_failure_of_ours(apart):
    """A 500 that the tests above did not look at. Last: it reads what they made the APIs say."""
    for log in apart.folder.glob("api*.log"):
        assert "Traceback" not in log.read_text()
        assert " failed\n" not in log.read_text()


def _get(program: Program, path: str) -> httpx.Response:
    return httpx.get(f"{program.address}{path}", timeout=40, trust_env=False)


def _price(program: Program, game: int) -> httpx.Response:
    body = {"game_id": f"id:{game}", "include_explanation": True}
    return httpx.post(f"{program.address}/api/v2/predict", json=body, timeout=40, trust_env=False)


def _searches(mlflow: Program) -> bool:
    body = {"max_results": 1}
    path = "/api/2.0/mlflow/experiments/search"
    headers = {"Authorization": f"Bearer {PLANTED['MLFLOW_TRACKING_TOKEN']}"}
    return httpx.post(f"{mlflow.address}{path}", json=body, headers=headers, timeout=20, trust_env=False).is_success


def _answers(waiting: list[Future[httpx.Response]]) -> list[httpx.Response]:
    return [each.result(30) for each in waiting]


def _is_problem(answer: httpx.Response, status: int, kind: str) -> None:
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json"), answer.text
    declared = answer.json()
    assert declared["type"] == f"urn:mlb-ml:problem:{kind}"
    assert declared["request_id"] == answer.headers["X-Request-ID"]
    assert int(answer.headers["Retry-After"]) > 0


def _await_refusal(api: Program, declared: str) -> None:
    deadline = time.monotonic() + 30
    while declared not in api.log.read_text():
        assert time.monotonic() < deadline, api.log.read_text()[-1000:]
        time.sleep(0.2)


def _await_registry(api: Program, state: str) -> None:
    deadline = time.monotonic() + 60
    while (declared := _get(api, "/health").json())["model_registry"] != state:
        assert time.monotonic() < deadline, declared
        time.sleep(0.2)


@contextmanager
def _locked(apart: Apart, *tables: str) -> Iterator[None]:
    """Nobody reads these tables inside the block: a request that wants to is under way until then."""
    connection = connect(apart.settings.dsn, "test")
    try:
        connection.execute(f"LOCK TABLE {', '.join(tables)} IN ACCESS EXCLUSIVE MODE")
        yield
    finally:
        try:
            connection.rollback()
        except psycopg.OperationalError:
            # The block killed the server.
            assert connection.broken
        connection.close()


def _await_sessions(apart: Apart, is_enough: Callable[[int], bool]) -> None:
    """Until enough sessions of the API wait for a lock: beside the requests, an open stream compares its day."""
    question = (
        "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mlb_ml:api' AND state = 'active' "
        "AND wait_event_type = 'Lock'"
    )
    deadline = time.monotonic() + 20
    with connect(apart.settings.dsn, "test", autocommit=True) as connection:
        while not is_enough(found := connection.execute(question).fetchone()[0]):
            assert time.monotonic() < deadline, found
            time.sleep(0.05)


def _touch(apart: Apart) -> None:
    with connect(apart.settings.dsn, "test") as connection:
        connection.execute(
            "UPDATE curated.ml_predictions SET risk_level = risk_level WHERE id = "
            "(SELECT max(p.id) FROM curated.ml_predictions p JOIN curated.enhanced_games g ON g.id = p.game_id "
            "WHERE g.game_date = %s)", (DAY,),
        )  # fmt: skip
