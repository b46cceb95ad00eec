"""Random requests generated from the OpenAPI document, to a running API over a played league.

Belongs here: every response conforms to the document, and no request causes an internal failure.
Not here: correct responses (serving/).

MLB_ML_FUZZ_SEED selects other requests, MLB_ML_FUZZ_REQUESTS more of them.
"""

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import strategies as st
from requests import Session
from schemathesis import APIOperation, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets_tests.chain import LAST, LEAGUE, played_template, prepared_template
from mlb_ml_assets_tests.conftest import Database
from mlb_ml_assets_tests.conftest import _fresh as fresh_database
from mlb_ml_assets_tests.serving.conftest import api_process
from mlb_ml_assets_tests.serving.rating_rows import ACE, CATCHER, FEATURES, ROOKIE, insert_ratings

__all__ = ["played_template", "prepared_template"]
pytestmark = pytest.mark.long

SEED = int(os.environ.get("MLB_ML_FUZZ_SEED", "20241114"))
REQUESTS = int(os.environ.get("MLB_ML_FUZZ_REQUESTS", "5000"))
_VARIANTS = 24
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
# Bytes that are not a JSON document, or one that no client intends.
BODIES = (b"", b"{", b"null", b"[]", b"\xff\xfe", b'{"game_id": NaN}', b"[" * 5000, b'{"game_id": 1e400}', b"9" * 6000)


@dataclass
class League:
    """A running API, and ids that exist in it."""

    address: str
    log: Path
    real: dict[str, list[str]]


@dataclass
class Tally:
    """Requests by operation and status."""

    by_status: Counter[int] = field(default_factory=Counter)
    by_operation: dict[str, Counter[int]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, operation: str, status: int) -> None:
        self.by_status[status] += 1
        self.by_operation.setdefault(operation, Counter())[status] += 1

    def __str__(self) -> str:
        total = self.by_status.total()
        shares = ", ".join(f"{status}: {count / total:.1%}" for status, count in sorted(self.by_status.items()))
        lines = [f"{total} requests, seed {SEED}; {shares}"]
        lines += [f"  {name:<55} {dict(sorted(counts.items()))}" for name, counts in sorted(self.by_operation.items())]
        return "\n".join(lines)


@pytest.fixture(scope="module")
def league(
    database_server: DatabaseSettings, played_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[League]:
    """Predicted, bet and settled games; and a last day whose predictions are computed on request."""
    folder = tmp_path_factory.mktemp("fuzzed_api")
    databases = fresh_database(database_server, played_template, folder)
    database: Database = next(databases)
    try:
        with database.connect() as connection:
            connection.execute(
                "DELETE FROM curated.ml_predictions WHERE game_id IN "
                "(SELECT id FROM curated.enhanced_games WHERE game_date = %s)", (LAST,),
            )  # fmt: skip
            # The league of these tests has no players.
            insert_ratings(connection, ("2024-04-20", "2024-04-30"))
            values = ", ".join(f"{name} = {value}" for name, value in FEATURES.items())
            connection.execute(f"UPDATE curated.game_features SET {values}")
            games = connection.execute(
                "SELECT id, mlb_stats_api_game_id, game_date::TEXT FROM curated.enhanced_games WHERE game_date > %s "
                "ORDER BY id", (LEAGUE.today.replace(day=1),),
            ).fetchall()  # fmt: skip
            books = connection.execute("SELECT source || ':' || book_id FROM staging.book_catalogue").fetchall()
        real = {
            "player_id": [ACE, ROOKIE, CATCHER],
            "game_id": [text for id_, pk, _ in games for text in (f"id:{id_}", f"pk:{pk}", str(pk))],
            "day": sorted({day for _, _, day in games}),
            "name": ["mlb_game_model_open", "mlb_game_model_lineup"],
            "book": [book for (book,) in books],
            "model_name": ["mlb_game_model_open", "mlb_game_model_lineup"],
            **dict.fromkeys(("date", "until", "from_day", "to_day"), sorted({day for _, _, day in games})),
        }
        with api_process(database, folder, now=LEAGUE.now.isoformat()) as address:
            yield League(address, folder / "api.log", real)
    finally:
        next(databases, None)


def test_thousands_of_requests_conform_to_the_document(league):
    """An error 500 hides what was wrong with a request; a response of another shape breaks generated clients."""
    document = schemathesis.openapi.from_url(f"{league.address}/openapi.json")
    operations = [each.ok() for each in document.get_all_operations()]
    with_inputs = [each for each in operations if each.path_parameters or each.query or each.body or each.headers]
    assert len(with_inputs) >= 26
    share = -(-REQUESTS // len(with_inputs))
    tally = Tally()
    with Session() as session:
        session.trust_env = False
        for operation in operations:
            _send_random(operation, league.real, share if operation in with_inputs else 3, session, tally)
    print(f"\n{tally}")
    assert not tally.faults, "\n\n".join(tally.faults)
    assert tally.by_status.total() >= REQUESTS
    assert tally.by_status[200] > REQUESTS / 3, "too few requests reach real data"
    for operation in operations:
        assert tally.by_operation[operation.label][200] > 0, f"{operation.label} never succeeded"
    assert "Traceback" not in league.log.read_text()


@pytest.mark.parametrize("path", ["/v1/predict", "/v1/predict/batch", "/v2/predict", "/v2/predict/batch", "/v2/kelly"])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:12]))
def test_a_body_that_is_not_json_is_refused_by_name(league, path, body):
    """Bytes that the framework's own reader fails on before any schema is applied."""
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{league.address}/api{path}", body, headers=headers, timeout=30)
    assert answer.status_code == 422, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["errors"][0]["field"].startswith("body")


def _send_random(
    operation: APIOperation, real: dict[str, list[str]], count: int, session: Session, tally: Tally
) -> None:
    """`count` requests of one operation: half about ids that exist, the others arbitrary or invalid on purpose."""
    about_real = [operation.as_strategy(GenerationMode.POSITIVE, **given) for given in _real_inputs(operation, real)]
    anything = [operation.as_strategy(mode) for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)]

    # Without a database of examples and without shrinking, the requests depend on the seed alone.
    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=count, deadline=None, database=None, phases=[hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(st.one_of(st.one_of(about_real), st.one_of(anything)))
    def send(case: schemathesis.Case) -> None:
        if operation.path.endswith("/stream"):
            response = _first_event(case, session)
        else:
            response = case.call(session=session, timeout=30)
        tally.add(operation.label, response.status_code)
        case.validate_response(response, checks=CHECKS)

    try:
        send()
    except FailureGroup as group:
        # Later operations are tested all the same: one fault does not hide the others.
        tally.faults.extend(f"{operation.label}: {each}" for each in group.exceptions)


def _real_inputs(operation: APIOperation, real: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Parameters and bodies with ids of the league; the rest is generated."""
    chance = random.Random(f"{SEED} {operation.label}")
    inputs = []
    for _ in range(_VARIANTS):
        given: dict[str, Any] = {}
        paths = {each.name: chance.choice(real[each.name]) for each in operation.path_parameters}
        names = [each.name for each in operation.query if each.name in real and chance.random() < 0.5]
        query = {name: chance.choice(real[name]) for name in names}
        body = _real_body(operation, real, chance)
        given |= {"path_parameters": paths} if paths else {}
        given |= {"query": query} if query else {}
        given |= {"body": body} if body is not None else {}
        inputs.append(given)
    return inputs


def _real_body(operation: APIOperation, real: dict[str, list[str]], chance: random.Random) -> dict[str, Any] | None:
    game = chance.choice(real["game_id"])
    if operation.path.endswith("/predict"):
        return {"game_id": game, "include_explanation": chance.random() < 0.5}
    if operation.path.endswith("/batch"):
        # A list has no place for an unknown game: /api/v1 answers 404 for the whole batch.
        unknown = [] if operation.path.startswith("/api/v1") else ["id:999999"]
        return {"game_ids": [*chance.choices(real["game_id"], k=chance.randint(1, 8)), *unknown]}
    if operation.path.endswith("/kelly"):
        market = chance.choice(("moneyline", "total", "spread"))
        side = chance.choice(("over", "under") if market == "total" else ("home", "away"))
        line = {"total": chance.randint(10, 50) / 4, "spread": chance.randint(-10, 10) / 4}.get(market)
        odds = chance.choice((-1, 1)) * chance.randint(100, 400)
        return {"game_id": game, "market_type": market, "side": side, "line_value": line, "odds": odds}
    assert not operation.body, f"{operation.label} has a body that this test does not generate"
    return None


def _first_event(case: schemathesis.Case, session: Session) -> requests.Response:
    """A stream has no end: its headers and first bytes are its response."""
    response = session.request(**case.as_transport_kwargs(), stream=True, timeout=30)
    if response.ok:
        response._content = next(response.iter_content(64))
        assert response._content.startswith(b"retry: ")
        response.close()
    return response
