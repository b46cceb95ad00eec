"""The OpenAPI document, and values at the limits of its types.

Belongs here: what the document describes, values that are refused.
Not here: particular responses (test_api.py), random requests (fuzz/test_api.py).
"""

import json
from datetime import date

import pytest

from mlb_ml_assets.serving.app import build_app
from mlb_ml_assets.serving.settings import ServingSettings
from mlb_ml_assets.warehouse.declared_columns import describe_column


def _operations() -> list[tuple[str, str, dict]]:
    document = build_app().openapi()
    return [
        (method, path, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def test_the_document_describes_problems_and_keys(client):
    """A client generated from the document did not know the errors."""
    document = client.get("/openapi.json").json()
    assert "Problem" in document["components"]["schemas"]
    assert "HTTPValidationError" not in json.dumps(document)
    assert {} in document["security"], "a key is optional here"
    assert {} not in build_app(ServingSettings(require_keys=True)).openapi()["security"]
    assert set(document["components"]["securitySchemes"]) == {"key", "bearer", "password"}
    for method, path, operation in _operations():
        assert operation.get("summary"), (method, path)
        assert operation.get("description"), (method, path)


def test_fields_of_tables_show_the_columns_comments():
    """A reference that describes a column in words of its own disagrees with the catalog after the first change."""
    schemas = build_app().openapi()["components"]["schemas"]
    shown = {
        ("Recommendation", "kelly_slate"): ("curated.ml_recommendations", "kelly_slate"),
        ("PredictionResponse", "home_ml_probability"): ("curated.ml_predictions", "home_ml_probability"),
        ("Comparison", "difference_se"): ("curated.market_comparison", "difference_se"),
        ("Window", "roc_auc"): ("curated.ml_model_performance", "roc_auc"),
    }
    for (schema, field), (table, column) in shown.items():
        assert schemas[schema]["properties"][field]["description"] == describe_column(table, column)
    bare = [
        f"{schema}.{field}"
        for schema in ("Recommendation", "PredictionResponse", "Comparison", "Window")
        for field, properties in schemas[schema]["properties"].items()
        if "description" not in properties
    ]
    assert not bare


@pytest.mark.parametrize("day", ["1875-12-31", "2100-01-02", str(date.max)])
def test_impossible_days_are_refused(client, day):
    """Days at the ends of the calendar overflow when one is added."""
    assert client.get(f"/api/v2/slates/{day}").status_code == 422
    assert client.get(f"/?date={day}").status_code == 422


@pytest.mark.parametrize("day", ["20240614", "0", "1718323200", "2024-06-14T12:00:00Z"])
def test_a_day_is_never_read_as_seconds(client, day):
    """20240614 seconds after 1970 is a day of 1970: its empty slate looked like a response."""
    for path in (f"/slates/{day}", f"/slates?until={day}", f"/performance/bets?from_day={day}", f"/stream?date={day}"):
        answer = client.get(f"/api/v2{path}")
        assert answer.status_code == 422, path
        assert day[:4] in answer.json()["errors"][0]["value"]
    if "T" not in day:
        assert client.get(f"/api/v2/games/id:1/quotes?since={day}").status_code == 422


@pytest.mark.parametrize("game", [True, -1, 1.5, "1 ", "id: 1", "", "9" * 11])
def test_invalid_game_ids_are_refused(client, game):
    """`true` was read as game 1."""
    answer = client.post("/api/v2/predict", json={"game_id": game})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("body.game_id")


def test_undecodable_bytes_are_an_error_of_the_body(client):
    """A body in another encoding was reported as an error of the path."""
    answer = client.post(
        "/api/v2/predict", content=b'{"game_id": "\xff"}', headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body")
