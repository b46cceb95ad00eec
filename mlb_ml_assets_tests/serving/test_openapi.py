"""Any request gets an answer that the document promises.

Belongs here: requests made at random from the OpenAPI document, and the document itself.
Does not: what particular answers say (test_api.py).
"""

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlb_ml_assets.serving.app import build_app

PROBLEMS = {401, 404, 405, 409, 413, 421, 422, 429, 503}
_ODD = st.one_of(
    st.text(max_size=25),
    st.integers(-(10**25), 10**25).map(str),
    st.floats().map(str),
    st.sampled_from(["id:1", "pk:745001", "1", "2024-06-14", "0001-01-01", "9999-12-31", "mlb_game_model_open",
                     "moneyline",
                     "total", "open", "true", "\x00", "%00", "2024-06-14T00:00:00Z", "home_ml", "lineup", "0.05"]),
)  # fmt: skip
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def _operations() -> list[tuple[str, str, dict]]:
    document = build_app().openapi()
    return [
        (method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if not path.endswith("/stream")
    ]


def _body(draw, path):
    if path.endswith("/kelly"):
        fields = {
            "odds": st.integers(-500, 500), "decimal_odds": st.floats(0.5, 9), "bankroll": st.floats(),
            "probability": st.floats(0, 1), "push_probability": st.floats(0, 1),
            "game_id": st.sampled_from([1, "pk:745001", 3]),
            "market_type": st.sampled_from(["moneyline", "total", "spread", "x"]),
            "side": st.sampled_from(["home", "away", "over", "under"]),
            "line_value": st.sampled_from([-40, -1.5, 0, 8.75, 9, 60]),
            "probability_sd": st.floats(0, 1), "kelly_fraction": st.floats(0, 1), "max_stake": st.floats(0, 1),
        }  # fmt: skip
    else:
        some = st.one_of(st.integers(), st.sampled_from([1, "id:2", "pk:745001"]), st.text(max_size=8))
        fields = {
            "game_id": some, "game_ids": st.lists(some, max_size=4), "model_name": st.text(max_size=6),
            "include_explanation": st.booleans(),
        }  # fmt: skip
    shaped = st.fixed_dictionaries({}, optional=fields)
    return draw(st.one_of(shaped, shaped, shaped, _JSON))


@pytest.mark.parametrize(
    ("method", "path", "operation"), _operations(), ids=lambda each: each if isinstance(each, str) else ""
)
def test_no_request_breaks_the_server_or_the_document(client, method, path, operation):
    """A 500 for an odd number, or a status that no client was told of."""
    promised = {int(status) for status in operation["responses"]} | PROBLEMS

    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
    )
    @given(st.data())
    def ask(data):
        address = path
        query = {}
        for parameter in operation.get("parameters", []):
            name = parameter["name"]
            if parameter["in"] == "path":
                raw = data.draw(_ODD.filter(lambda text: text not in {"", ".", ".."}), label=name)
                quoted = "".join(f"%{byte:02X}" for byte in raw.encode("utf-8", "replace"))
                address = address.replace("{" + name + "}", quoted)
            elif parameter["in"] == "query" and data.draw(st.booleans(), label=f"{name}?"):
                query[name] = data.draw(_ODD, label=name).encode("utf-8", "replace")
        options = {"params": query}
        if method == "post":
            body = json.dumps(_body(data.draw, path))
            options |= {"content": body.encode(), "headers": {"Content-Type": "application/json"}}
        answer = client.request(method, address, **options)
        assert answer.status_code in promised, (answer.status_code, answer.text[:300])
        assert answer.status_code < 500, answer.text
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
            told = answer.json()
            assert told["status"] == answer.status_code
            assert told["detail"]

    ask()


def test_the_document_describes_problems_and_needs_nothing_from_elsewhere(client):
    """A client generated from the document that knows no error."""
    document = client.get("/api/v1/openapi.json").json()
    assert "Problem" in document["components"]["schemas"]
    assert "HTTPValidationError" not in json.dumps(document)
    for method, path, operation in _operations():
        assert operation.get("summary"), (method, path)
        assert operation.get("description"), (method, path)


@pytest.mark.parametrize("day", ["1875-12-31", "2100-01-02", str(date.max)])
def test_impossible_days_are_refused(client, day):
    """Days at the ends of the calendar overflow when one is added."""
    assert client.get(f"/api/v1/slates/{day}").status_code == 422
    assert client.get(f"/?date={day}").status_code == 422
