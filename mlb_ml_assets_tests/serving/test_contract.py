"""/api/v1 as existing clients call it.

Belongs here: every call of those clients, read with strict models of their own; their ids, errors and parameters.
Not here: /api/v2 (test_api.py).

The models are written from the clients' side: none of ours is imported, so that they cannot change with ours.
"""

from datetime import datetime
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter

from mlb_ml_assets_tests.serving import slate_rows
from mlb_ml_assets_tests.serving.slate_rows import DAY, PKS, START

Level = Literal["low", "medium", "high"]
Target = Literal["total_over", "home_ml", "home_spread"]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", protected_namespaces=())


class TargetBet(Strict):
    expected_value: float | None
    kelly_fraction: float | None
    recommended_bet_size: float
    confidence_required: float | None
    side: Literal["home", "away", "over", "under"]
    book: str | None
    odds: int | None
    line_value: float | None
    no_bet_reason: str | None


class Bets(Strict):
    recommended_bets: list[Target]
    confidence_level: Level
    risk_level: Level
    home_spread: TargetBet
    home_ml: TargetBet
    total_over: TargetBet


class Prediction(Strict):
    game_id: str
    model_name: str
    model_version: str
    prediction_timestamp: datetime
    total_over_probability: float | None
    total_over_binary: int | None
    total_over_confidence: float | None
    home_ml_probability: float | None
    home_ml_binary: int | None
    home_ml_confidence: float | None
    home_spread_probability: float | None
    home_spread_binary: int | None
    home_spread_confidence: float | None
    betting_recommendations: Bets | None
    explanation: dict | None
    confidence_threshold_met: bool
    risk_level: Level | None


class Model(Strict):
    model_name: str
    model_version: str
    model_type: str
    is_active: bool
    created_at: datetime
    recent_accuracy: float | None
    recent_roi: float | None
    total_predictions: int | None
    description: str | None
    target_variable: str | None
    feature_version: str | None


class Ranked(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow", protected_namespaces=())
    rank: int
    model_name: str
    model_version: str
    prediction_type: Target
    roi_percentage: float | None
    win_rate: float | None
    accuracy: float | None
    total_predictions: int


class Error(BaseModel):
    model_config = ConfigDict(strict=True, extra="allow")
    error: str
    status_code: int


def _read(model, answer):
    assert answer.status_code == 200, answer.text
    return TypeAdapter(model).validate_json(answer.content)


@pytest.mark.parametrize("call", ["get", "post"])
def test_a_prediction_is_read_by_a_strict_client(client, served, call):
    """A number as game_id, or a list as betting_recommendations, is an error for existing clients."""
    game = str(served.games[0])
    if call == "get":
        answer = client.get(f"/api/v1/predict/{game}")
    else:
        answer = client.post("/api/v1/predict", json={"game_id": game})
    prediction = _read(Prediction, answer)
    assert (prediction.game_id, prediction.home_ml_probability, prediction.explanation) == (game, 0.58, None)
    bets = prediction.betting_recommendations
    assert bets.recommended_bets == ["home_ml"]
    assert (bets.home_ml.side, bets.home_ml.odds, bets.home_ml.no_bet_reason) == ("home", -112, None)
    assert bets.home_ml.recommended_bet_size > 0
    assert bets.total_over.recommended_bet_size == 0
    assert bets.total_over.no_bet_reason is not None
    # The highest confidence of the three targets is the run line's, .59.
    assert (prediction.risk_level, bets.risk_level, bets.confidence_level) == ("high", "high", "low")
    assert prediction.confidence_threshold_met
    explained = client.post("/api/v1/predict", json={"game_id": game, "include_explanation": True})
    assert "contributions" in _read(Prediction, explained).explanation


def test_today_is_a_list_of_predictions(client, served):
    """`min_confidence` and `model_name` are obeyed."""
    games = [each.game_id for each in _read(list[Prediction], client.get("/api/v1/predictions/today"))]
    assert games == [str(game) for game in served.games[:2]]
    assert _read(list[Prediction], client.get("/api/v1/predictions/today?min_confidence=0.6")) == []
    assert _read(list[Prediction], client.get("/api/v1/predictions/today?model_name=mlb_game_model_lineup")) == []


def test_a_batch_is_a_list_and_never_drops_a_game(client, served):
    """A shorter list than was requested looks like success."""
    first, second, unpredicted = (str(game) for game in served.games[:3])
    answer = client.post("/api/v1/predict/batch", json={"game_ids": [f"id:{second}", first]})
    assert [each.game_id for each in _read(list[Prediction], answer)] == [second, first]
    failed = client.post("/api/v1/predict/batch", json={"game_ids": [first, unpredicted, "999999"]})
    assert failed.status_code == 404
    assert [error["field"] for error in failed.json()["errors"]] == ["body.game_ids.1", "body.game_ids.2"]
    assert client.post("/api/v1/predict/batch", json={"game_ids": [first] * 51}).status_code == 422


def test_a_game_without_a_prediction_is_404_with_the_reason(client, served):
    """Existing clients know 404 for "no prediction" and show its text."""
    answer = client.get(f"/api/v1/predict/{served.games[2]}")
    body = Error.model_validate(answer.json())
    assert (answer.status_code, body.status_code) == (404, 404)
    assert "mlb-ml run" in body.error


def test_models_have_type_state_and_creation(client):
    """`model_version` was ignored."""
    active = _read(list[Model], client.get("/api/v1/models/active"))
    assert [(each.model_name, each.model_version, each.is_active) for each in active] == [
        ("mlb_game_model_open", "2024-06", True), ("mlb_game_model_lineup", "2024-06", True),
    ]  # fmt: skip
    one = _read(Model, client.get("/api/v1/models/mlb_game_model_open?model_version=2024-06"))
    assert (one.is_active, one.total_predictions) == (True, 3)
    unknown = client.get("/api/v1/models/mlb_game_model_open?model_version=1999-01")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (404, "query.model_version")


def test_the_leaderboard_obeys_its_metric(client, served):
    """`metric` was ignored: every ranking was the same."""
    address = "/api/v1/models/leaderboard?days=365"
    with served.database.connect() as connection:
        connection.execute(
            "INSERT INTO curated.ml_model_performance (model_name, model_version, prediction_type, "
            "evaluation_period_start, evaluation_period_end, total_predictions, total_games_evaluated, accuracy, "
            "log_loss, total_bets_made, winning_bets, losing_bets, hit_rate, roi_percentage) VALUES "
            "('one', '1', 'home_ml', '2024-05-01', '2024-06-01', 100, 100, .51, .70, 10, 6, 4, .6, 4.5), "
            "('two', '1', 'home_ml', '2024-05-01', '2024-06-01', 90, 90, .56, .68, 10, 5, 5, .5, -2.0)"
        )
    for metric, best in (("roi_percentage", "one"), ("accuracy", "two"), ("log_loss", "two"), ("win_rate", "one")):
        rows = _read(list[Ranked], client.get(f"{address}&prediction_type=home_ml&metric={metric}"))
        ours = [row for row in rows if row.model_name in {"one", "two"}]
        assert ours[0].model_name == best, metric
        assert all(metric in row.model_dump() for row in rows)
        assert [row.rank for row in rows] == list(range(1, len(rows) + 1))
    assert len(_read(list[Ranked], client.get(f"{address}&limit=1"))) == 1
    for wrong in ("metric=luck", "limit=51", "days=366"):
        refused = client.get(f"/api/v1/models/leaderboard?{wrong}")
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == f"query.{wrong.split('=')[0]}"
    assert "roi_percentage" in client.get("/api/v1/models/leaderboard?metric=luck").json()["error"]


def test_performance_and_recent_predictions_obey_their_parameters(client):
    """`model_version` and `days` were ignored."""
    address = "/api/v1/models/mlb_game_model_open"
    recent = _read(list[Prediction], client.get(f"{address}/recent-predictions?days=5&model_version=2024-06&limit=200"))
    assert len(recent) == 2
    assert len(_read(list[Prediction], client.get(f"{address}/recent-predictions?days=30"))) == 3
    assert client.get(f"{address}/recent-predictions?model_version=1999-01").json() == []
    assert client.get(f"{address}/recent-predictions?days=31").status_code == 422
    windows = "/api/v1/models/mlb_game_model_lineup/performance?days=300"
    assert len(client.get(f"{windows}&prediction_type=home_ml&model_version=walk-forward").json()) == 1
    assert client.get(f"{windows}&model_version=1999-01").json() == []


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_game_is_found_by_every_id_in_use(client, served, version):
    """Existing clients hold Action Network's ids, or a date and the teams."""
    game = served.games[0]
    with served.database.connect() as connection:
        connection.execute("UPDATE curated.enhanced_games SET action_network_game_id = 230100 WHERE id = %s", (game,))
        second = slate_rows.insert_game(connection, DAY, START, "PHI", "BAL", "745010")
        connection.execute("UPDATE curated.enhanced_games SET game_number = 2 WHERE id = %s", (second,))
        slate_rows.insert_prediction(connection, second)

    def find(name: str) -> object:
        answer = client.get(f"/api/{version}/predict/{name}")
        return int(answer.json()["game_id"]) if answer.status_code == 200 else answer.status_code

    for name in (f"id:{game}", PKS[0], f"pk:{PKS[0]}", "230100", "an:230100", f"{DAY}-PHI-BAL", f"{DAY}-PHI-BAL-1"):
        assert find(name) == game, name
    assert find(f"{DAY}-PHI-BAL-2") == second
    assert find(f"{DAY}-BOS-NYY") == served.games[1], "the other order, of one game"
    assert find(f"{DAY}-BAL-PHI") == 404, "the other order, of two games"
    assert find(f"{DAY}-BAL-PHI-2") == second
    for unknown in ("an:999", f"{DAY}-PHI-NYY", f"{DAY}-PHI-BAL-3"):
        assert find(unknown) in {404, 422}, unknown
    with served.database.connect() as connection:
        connection.execute(
            "UPDATE curated.enhanced_games SET action_network_game_id = %s WHERE id = %s", (game, served.games[1])
        )
    assert find(str(game)) == 409
    assert find(f"an:{game}") == served.games[1]


@pytest.mark.parametrize(
    "address",
    ["/api/v1/predictions/today?day=2024-06-14", "/api/v1/models/leaderboard?order=asc", "/api/v2/slates?limits=5",
     f"/api/v1/slates/{DAY}?stages=open", "/api/v2/stream?day=2024-06-14", "/api/v1/models/active?x="],
)  # fmt: skip
def test_an_unknown_parameter_is_refused(client, address):
    """A misspelled filter returned everything and looked obeyed."""
    answer = client.get(address)
    assert answer.status_code == 422
    body = Error.model_validate(answer.json())
    assert body.status_code == 422
    assert answer.json()["errors"][0]["field"] == "query." + address.split("?")[1].split("=")[0]


def test_documentation_and_health_are_where_clients_look(client):
    """`/docs`, `/openapi.json` and `/health/detailed` are proxied by the clients' web server."""
    assert "/api/v1/predict" in client.get("/openapi.json").json()["paths"]
    assert client.get("/api/v1/openapi.json").json() == client.get("/openapi.json").json()
    assert client.get("/health/detailed").json()["database"] == "ok"
    page = client.get("/docs")
    assert "swagger-ui-bundle.js" in page.text
    assert "http" not in page.text.replace("https://json-schema.org", "")


def test_addresses_from_before_v2_still_answer(client, served):
    """Slates, prices, Kelly and the stream were under /api/v1 first."""
    assert client.get(f"/api/v1/slates/{DAY}").json() == client.get(f"/api/v2/slates/{DAY}").json()
    assert client.get(f"/api/v1/games/id:{served.games[0]}/quotes").status_code == 200
    assert client.post("/api/v1/kelly", json={"probability": 0.5, "odds": 110}).status_code == 200
