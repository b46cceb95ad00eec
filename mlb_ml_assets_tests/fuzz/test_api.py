"""Hostile requests to the Prediction API.

Belongs here: that every answer is an answer or a problem, never a failure of ours.
Does not: right answers (serving/).
"""

import random

import pytest

from mlb_ml_assets_tests.fuzz.mutation import ODD
from mlb_ml_assets_tests.serving.conftest import client, served

__all__ = ["client", "served"]
pytestmark = [pytest.mark.long, pytest.mark.by_hand]

TEXTS = (
    "0", "-1", "1", "id:1", "pk:1", "pk:", "999999999999999999999999", "1e5", "2024-06-14", "2024-02-30", "9999-12-31",
    "0001-01-01", "%00", "..", "%2e%2e%2f", "é", "' OR 1=1", "a" * 3000, "moneyline", "home", "null", "NaN", "Infinity",
    "2024-06-14T20:00:00Z", "-110", "{}",
)  # fmt: skip


def test_any_request_is_answered_or_refused(client):
    """An error 500 hides what was wrong with the request, and tells a stranger how the server is built."""
    chance = random.Random(11)
    operations = [
        (path, method, operation)
        for path, methods in client.get("/api/v1/openapi.json").json()["paths"].items()
        for method, operation in methods.items()
        if not path.endswith("/stream") and method in {"get", "post"}
    ]
    assert len(operations) >= 8
    faults, answers = [], 0
    for _ in range(1500):
        path, method, operation = chance.choice(operations)
        query = {}
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                path = path.replace("{" + parameter["name"] + "}", chance.choice(TEXTS).replace("/", "%2f"))
            elif parameter["in"] == "query" and chance.random() < 0.5:
                query[parameter["name"]] = chance.choice(TEXTS)
        kind = chance.random()
        options = {"params": query}
        if method == "post":
            names = ("game_id", "games", "stage", "as_of", "bets", "odds", "probability", "bankroll", "home_odds")
            if kind < 0.8:
                body = {name: chance.choice((*ODD[:5], *TEXTS, [], {}, [1])) for name in chance.sample(names, 4)}
                options["json"] = body
            else:
                options["content"] = chance.randbytes(chance.randint(0, 300))
        response = client.request(method, path, **options)
        answers += response.status_code < 400
        if response.status_code >= 500 and response.status_code != 503:
            faults.append(f"{method} {path[:200]} {str(options)[:400]}: {response.status_code} {response.text[:200]}")
        elif response.status_code >= 400 and "problem+json" not in response.headers.get("content-type", ""):
            faults.append(f"{method} {path[:200]}: {response.status_code} is no problem: {response.headers}")
    assert not faults, "\n".join(faults[:10])
    assert answers > 20
