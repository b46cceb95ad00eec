"""Responses of the API over a real database.

Belongs here: every path that clients use, ids of games, problems, pages of lists, caching, recovery.
Not here: keys and headers (test_security.py), the stream (test_stream.py), random requests (test_openapi.py).
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from mlb_ml_assets.serving.answers import Slate
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.game_models import read_model, write_champion, write_game_model
from mlb_ml_assets_tests.serving import slate_rows
from mlb_ml_assets_tests.serving.conftest import client_for
from mlb_ml_assets_tests.serving.slate_rows import DAY, EMPTY_DAY, OPENED, PKS, START

OLD_FIELDS = {
    "game_id", "model_name", "model_version", "prediction_timestamp", "betting_recommendations", "explanation",
    "confidence_threshold_met", "risk_level",
    *(f"{target}_{what}" for target in ("total_over", "home_ml", "home_spread")
      for what in ("probability", "binary", "confidence")),
}  # fmt: skip


def test_a_stored_prediction_has_every_field_that_clients_read(client, served):
    """A client of the previous system finds its fields."""
    answer = client.post("/api/v2/predict", json={"game_id": served.games[0], "include_explanation": True})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body.keys() >= OLD_FIELDS
    assert body["home_ml_probability"] == 0.58
    assert body["home_ml_confidence"] == 0.58
    assert body["stored"] is True
    assert body["explanation"]["contributions"]["home_ml"]["market_price"] == 0.21
    bets = [bet for bet in body["betting_recommendations"] if bet["stake"] > 0]
    assert [(bet["side"], bet["odds"], bet["book_name"]) for bet in bets] == [("home", -112, "Beta Bets")]
    assert body["confidence_threshold_met"] is True
    assert client.get(f"/api/v2/predict/{served.games[0]}").json()["explanation"] is None


def test_a_game_is_identified_by_our_id_or_its_game_pk_and_never_guessed(client, served):
    """A number that is one game's id and another's gamePk silently selected the wrong game."""
    first = served.games[0]
    assert client.get(f"/api/v2/predict/{PKS[0]}").json()["game_id"] == first
    assert client.get(f"/api/v2/predict/pk:{PKS[0]}").json()["game_id"] == first
    assert served.games[1] == int(slate_rows.AMBIGUOUS_PK)
    answer = client.get(f"/api/v2/predict/{slate_rows.AMBIGUOUS_PK}")
    assert answer.status_code == 409
    body = answer.json()
    assert body["type"].endswith("ambiguous-game")
    assert "id:2" in body["detail"]
    assert "pk:2" in body["detail"]
    assert client.get("/api/v2/predict/id:2").json()["game_id"] == served.games[1]
    assert client.get("/api/v2/predict/pk:2").json()["game_id"] == served.games[3]
    missing = client.get("/api/v2/predict/999999999")
    assert (missing.status_code, missing.json()["errors"][0]["field"]) == (404, "path.game_id")
    assert client.get("/api/v2/predict/phillies").status_code == 422


def test_a_game_without_prediction_and_features_says_what_to_run(client, served):
    """An empty response or an invented probability for a game without inputs."""
    answer = client.post("/api/v2/predict", json={"game_id": served.games[2]})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("no-features")
    assert f"mlb-ml run --from {DAY}" in answer.json()["detail"]


def test_a_batch_answers_each_game_by_itself_and_has_a_limit(client, served):
    """One unknown game failed the 49 others; a batch was a way around the rate limit."""
    answer = client.post("/api/v2/predict/batch", json={"game_ids": [served.games[0], 424242, served.games[2]]})
    body = answer.json()
    assert (body["total"], body["failed"]) == (3, 2)
    assert body["predictions"][0]["prediction"]["game_id"] == served.games[0]
    assert body["predictions"][1]["problem"]["type"].endswith("unknown-game")
    assert body["predictions"][2]["problem"]["type"].endswith("no-features")
    refused = client.post("/api/v2/predict/batch", json={"game_ids": [1] * 51})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "body.game_ids")


def test_predictions_of_today_are_of_the_eastern_day_and_can_be_filtered(client, served):
    """The UTC day loses the evening games; a confidence filter must consider every target."""
    answer = client.get("/api/v2/predictions/today")
    assert [each["game_id"] for each in answer.json()] == served.games[:2]
    assert answer.headers["X-Total-Count"] == "2"
    # The most confident target of both is the run line, .59 against it.
    assert len(client.get("/api/v2/predictions/today?min_confidence=0.59").json()) == 2
    assert client.get("/api/v2/predictions/today?min_confidence=0.6").json() == []
    page = client.get("/api/v2/predictions/today?limit=1")
    assert len(page.json()) == 1
    assert 'rel="next"' in page.headers["Link"]
    assert client.get("/api/v2/predictions/today?model_name=mlb_game_model_lineup").json() == []
    unknown = client.get("/api/v2/predictions/today?model_name=lightgbm")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (404, "query.model_name")


def test_the_newest_prediction_replaces_the_one_before(client, served):
    """Yesterday's prediction beside today's price."""
    with served.database.connect() as connection:
        slate_rows.insert_prediction(
            connection, served.games[0], home=0.61, stage="lineup", stamp=START - timedelta(hours=2)
        )
    body = client.get(f"/api/v2/predict/{served.games[0]}").json()
    assert (body["stage"], body["home_ml_probability"]) == ("lineup", 0.61)
    opened = client.get(f"/api/v2/predict/{served.games[0]}?model_name=mlb_game_model_open").json()
    assert opened["home_ml_probability"] == 0.58


def test_the_leaderboard_is_not_read_as_a_model_name(client):
    """/models/{name} matched it."""
    body = client.get("/api/v2/models/leaderboard").json()
    assert [(each["rank"], each["forecaster"]) for each in body] == [(1, "anchored"), (2, "memory"), (3, "blind")]
    assert body[0]["difference_to_close"] == pytest.approx(0.0004)


def test_models_are_served_from_the_tables_while_the_registry_is_down(client, served):
    """Stored predictions stay readable while MLflow restarts."""
    active = client.get("/api/v2/models/active").json()
    assert [(each["stage"], each["model_version"], each["alias"]) for each in active] == [
        ("open", "2024-06", "newest"), ("lineup", "2024-06", "newest"),
    ]  # fmt: skip
    assert client.get("/health").json()["status"] == "degraded"
    assert client.get("/health/ready").status_code == 200
    model = client.get("/api/v2/models/mlb_game_model_open").json()
    assert (model["predictions"], model["versions"][0]["training_games"]) == (3, 9000)
    windows = client.get("/api/v2/models/mlb_game_model_lineup/performance?days=300").json()
    assert windows[0]["difference_to_close"] == pytest.approx(0.0004)
    assert client.get("/api/v2/models/mlb_game_model_lineup/performance?days=30").json() == []
    recent = client.get("/api/v2/models/mlb_game_model_open/recent-predictions?limit=2").json()
    assert [each["game_date"] for each in recent] == [str(DAY)] * 2
    assert client.get("/api/v2/models/nobody").status_code == 404


def test_the_champion_predicts_and_not_the_newest_model(client, served):
    """A challenger predicted before it was promoted, because the API took the newest model."""
    with served.database.connect() as connection:
        newer = replace(read_model(connection, "2024-06"), model_version="2024-06.2", training_games=9100)
        write_game_model(connection, newer)
        assert client.get("/api/v2/models/active").json()[0]["model_version"] == "2024-06.2"
        write_champion(connection, "2024-06", "better on the same games")
    body = client.get("/api/v2/models/active").json()
    assert {(each["model_version"], each["alias"]) for each in body} == {("2024-06", "champion")}


def test_a_slate_is_unchanged_until_a_row_of_it_changes(client, served):
    """Settlement updates rows without a new stamp; a cache by stamps showed the old result forever."""
    first = client.get(f"/api/v2/slates/{DAY}")
    Slate.model_validate(first.json())
    assert [game["game_id"] for game in first.json()["games"]] == served.games[:3]
    etag = first.headers["ETag"]
    again = client.get(f"/api/v2/slates/{DAY}", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    with served.database.connect() as connection:
        connection.execute(
            "UPDATE curated.ml_recommendations SET result = 'loss' WHERE game_id = %s", (served.games[0],)
        )
    changed = client.get(f"/api/v2/slates/{DAY}", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag
    assert client.get(f"/api/v2/slates/{EMPTY_DAY}").json()["games"] == []
    lineup = client.get(f"/api/v2/slates/{DAY}?stage=lineup").json()
    assert [game["prediction_id"] for game in lineup["games"]] == [None] * 3


def test_every_long_response_can_be_compressed(client):
    """Kept responses have their own compressed bytes, others are compressed by the middleware; neither twice."""
    for address in (f"/api/v2/slates/{DAY}", "/", f"/api/v2/slates/{DAY}/recommendations"):
        plain = client.get(address, headers={"Accept-Encoding": "identity"})
        packed = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert "Content-Encoding" not in plain.headers
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.headers["Vary"] == "Accept-Encoding"
        assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
        assert packed.content == plain.content
        assert packed.headers.get("ETag") == plain.headers.get("ETag")


def test_today_comes_before_tomorrows_first_prices(client, served):
    """The page opened on tomorrow as soon as one game of tomorrow was quoted."""
    with served.database.connect() as connection:
        tomorrow = DAY + timedelta(days=1)
        game = slate_rows.insert_game(connection, tomorrow, START + timedelta(days=1), "PHI", "BAL", "745009")
        slate_rows.insert_prediction(connection, game, stamp=OPENED + timedelta(days=1))
    assert "June 14, 2024" in client.get("/").text
    with served.database.connect() as connection:
        connection.execute("DELETE FROM curated.ml_predictions WHERE game_id = ANY(%s)", (served.games[:3],))
    with client_for(served.database) as fresh:
        assert "June 15, 2024" in fresh.get("/").text


def test_days_predictions_and_recommendations_can_be_listed(client, served):
    """Predictions and recommendations of a day, without prices of other games."""
    days = client.get("/api/v2/slates?until=2024-12-31").json()
    assert days[0] == {"date": str(DAY), "games": 3, "predicted": 2, "bets": 1}
    assert len(client.get(f"/api/v2/slates/{DAY}/predictions").json()) == 2
    every = client.get(f"/api/v2/slates/{DAY}/recommendations")
    assert every.headers["X-Total-Count"] == "12"
    bets = client.get(f"/api/v2/slates/{DAY}/recommendations?only_bets=true").json()
    assert [(bet["game_id"], bet["market_type"], bet["side"]) for bet in bets] == [
        (served.games[0], "moneyline", "home")
    ]


def test_quotes_and_movement_of_a_game(client, served):
    """Quotes newest first with book names; movement by book. A price of five minutes later is not known yet."""
    game = served.games[0]
    answer = client.get(f"/api/v2/games/{game}/quotes?market_type=moneyline&limit=3").json()
    assert answer["total"] == 6
    assert (answer["quotes"][0]["odds"], answer["quotes"][0]["book_name"]) in {
        (-118, "Alpha Sports"),
        (104, "Alpha Sports"),
    }
    assert answer["quotes"][0]["ended_at"] is None
    beta = client.get(f"/api/v2/games/{game}/quotes", params={"book": "the_odds_api:beta"}).json()
    assert {quote["book"] for quote in beta["quotes"]} == {"the_odds_api:beta"}
    series = client.get(f"/api/v2/games/{game}/movement").json()["series"]
    alpha = next(each for each in series if each["book_name"] == "Alpha Sports" and each["side"] == "home")
    assert [point["odds"] for point in alpha["points"]] == [-110, -118]
    assert [point["until"] for point in alpha["points"]] == [alpha["points"][1]["at"], None]
    stages = client.get(f"/api/v2/games/{game}/movement").json()["stages"]
    assert {each["book_name"] for each in stages} <= {"Alpha Sports", "Beta Bets"}
    splits = client.get(f"/api/v2/games/{game}/splits").json()
    assert splits[0]["tickets_home_or_over"] == 61


def test_sides_are_the_games_own_if_a_source_exchanges_the_teams(client, served):
    """A source lists the visitors as home: their price was drawn as the home team's."""
    game = served.games[0]
    with served.database.connect() as connection:
        connection.execute(
            "UPDATE staging.source_games AS g SET home_team = away_team, away_team = home_team "
            "FROM curated.game_identity AS i WHERE (i.source, i.source_game_id) = (g.source, g.source_game_id) "
            "AND i.game_id = %s AND g.source = 'the_odds_api'",
            (game,),
        )
    beta = client.get(f"/api/v2/games/{game}/quotes", params={"book": "the_odds_api:beta", "market_type": "moneyline"})
    assert {(quote["side"], quote["odds"]) for quote in beta.json()["quotes"]} == {("away", -112), ("home", -102)}
    series = client.get(f"/api/v2/games/{game}/movement").json()["series"]
    alpha = next(each for each in series if each["book_name"] == "Alpha Sports" and each["side"] == "home")
    assert [point["odds"] for point in alpha["points"]] == [-104, 104]
    assert client.get(f"/api/v2/games/{game}/splits").json()[0]["tickets_home_or_over"] == 39


def test_performance_against_the_close_and_of_bets(client):
    """Calibration counts the finished game once for each forecaster; the bankroll follows the settled bet."""
    close = client.get("/api/v2/performance/close?seasons_only=true&forecaster=anchored").json()
    assert [(row["games"], row["difference"]) for row in close] == [(2430, pytest.approx(0.0004))]
    bins = client.get("/api/v2/performance/calibration").json()
    assert {each["forecaster"]: (each["games"], each["share_true"]) for each in bins} == {
        "close": (1, 1),
        "final": (1, 1),
    }
    (day,) = [row for row in client.get("/api/v2/performance/bets?stage=open").json() if row["won"]]
    assert day["bankroll"] == pytest.approx(1 + 0.9 * day["staked"])
    assert day["clv_mean"] == pytest.approx(0.03)


def test_problems_name_the_field_and_carry_the_request_id(client):
    """An error without the field at fault cannot be corrected."""
    answer = client.get("/api/v2/slates/tomorrow", headers={"X-Request-ID": "abc-1"})
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["errors"][0]["field"], body["errors"][0]["value"]) == (422, "path.day", "tomorrow")
    assert body["request_id"] == answer.headers["X-Request-ID"] == "abc-1"
    misspelled = client.post("/api/v2/predict", json={"game_id": 1, "model": "x"})
    assert misspelled.json()["errors"][0]["field"] == "body.model"
    assert client.get("/api/v2/nothing").json()["type"].endswith("no-such-page")
    assert client.get("/nothing", headers={"Accept": "text/html"}).headers["Content-Type"].startswith("text/html")
    large = client.post("/api/v2/predict", content=b"[" + b" " * 70_000 + b"]")
    assert (large.status_code, large.json()["type"]) == (413, "urn:mlb-ml:problem:body-too-large")
    # Without a declared length.
    chunks = client.post("/api/v2/predict", content=(b" " * 10_000 for _ in range(7)))
    assert (chunks.status_code, chunks.json()["type"]) == (413, "urn:mlb-ml:problem:body-too-large")


def test_the_api_recovers_when_the_database_comes_back(served):
    """A pool of dead sessions answered 500 until the API was restarted."""
    with client_for(served.database) as client:
        assert client.get(f"/api/v2/slates/{DAY}").status_code == 200
        with served.database.connect() as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'mlb_ml:api' AND datname = current_database()"
            )
        assert client.get(f"/api/v2/slates/{DAY}").status_code == 200
        name = served.database.name
        with connect(served.database.settings.dsn_of("postgres"), "test", autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
            gone = client.get(f"/api/v2/slates/{DAY}")
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        assert gone.status_code == 503
        assert gone.json()["type"].endswith("database-unavailable")
        assert "Retry-After" in gone.headers
        assert client.get(f"/api/v2/slates/{DAY}").status_code == 200


def test_a_database_of_an_older_version_is_named(client, served):
    """The API of a new version over tables of the old one answered 500."""
    with served.database.connect() as connection:
        connection.execute("ALTER TABLE curated.market_lines RENAME COLUMN line_value TO line")
    answer = client.get(f"/api/v2/games/{served.games[0]}/movement")
    assert answer.status_code == 503
    assert "mlb-ml migrate" in answer.json()["detail"]


def test_kelly_of_a_clients_own_price(client, served):
    """The arithmetic of betting/ at the client's price, bankroll and line."""
    given = client.post(
        "/api/v2/kelly", json={"probability": 0.55, "odds": 100, "bankroll": 2000, "probability_sd": 0}
    ).json()
    assert given["expected_value"] == pytest.approx(0.10)
    assert given["kelly"] == pytest.approx(0.10)
    assert given["stake_amount"] == pytest.approx(2000 * 0.02)
    assert given["break_even_odds"] == -122
    game = {"game_id": served.games[0], "market_type": "total", "side": "under", "odds": -105}
    own = client.post("/api/v2/kelly", json=game).json()
    assert own["probability"] == pytest.approx(0.51)
    higher = client.post("/api/v2/kelly", json={**game, "line_value": 9.5}).json()
    whole = client.post("/api/v2/kelly", json={**game, "line_value": 9}).json()
    assert higher["probability"] > whole["probability"] > own["probability"]
    assert whole["push_probability"] > 0.05
    assert higher["push_probability"] == 0
    wrong = client.post("/api/v2/kelly", json={"probability": 0.5, "odds": 50})
    assert wrong.status_code == 422
    assert "50" in wrong.json()["detail"]
    none = client.post(
        "/api/v2/kelly", json={"game_id": served.games[2], "market_type": "total", "side": "over", "odds": 100}
    )
    assert none.status_code == 409


@pytest.mark.parametrize(
    ("question", "field"),
    [
        ({"probability": 0.5, "market_type": "total", "side": "home"}, "side"),
        ({"market_type": "total", "side": "home"}, "side"),
        ({"market_type": "total", "side": "over", "push_probability": 0.1}, "push_probability"),
        ({"market_type": "moneyline", "side": "home", "line_value": 1.5}, "line_value"),
        ({"market_type": "total"}, "side"),
        ({"side": "over"}, "side"),
        ({"probability": 0.5, "line_value": 8.5}, "line_value"),
        ({"market_type": "total", "side": "over", "odds": 50}, "odds"),
        ({"market_type": "total", "side": "over", "decimal_odds": 2.0}, "odds"),
    ],
)
def test_kelly_refuses_fields_that_contradict_each_other(client, served, question, field):
    """A side that the market does not have, or a value that is not used, was ignored."""
    game = {} if "probability" in question else {"game_id": served.games[0]}
    answer = client.post("/api/v2/kelly", json={"odds": -105, **game, **question})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == f"body.{field}"


def test_the_predicted_line_keeps_its_probability_under_the_tilted_distribution(client, served):
    """Tilting the distribution of runs must reproduce the probability at the predicted line."""
    for market, side, line in (("spread", "home", -1.5), ("spread", "away", 1.5), ("total", "over", 8.5)):
        question = {"game_id": served.games[0], "market_type": market, "side": side, "odds": -105}
        stored = client.post("/api/v2/kelly", json=question).json()
        assert client.post("/api/v2/kelly", json={**question, "line_value": line}).json() == stored | {
            "line_value": line
        }
        near = client.post("/api/v2/kelly", json={**question, "line_value": line + 0.25}).json()
        assert abs(near["probability"] - stored["probability"]) < 0.08


def test_metrics_count_routes_and_not_addresses(client, served):
    """A metric label per game id would overload Prometheus."""
    client.get(f"/api/v2/predict/{served.games[0]}")
    text = client.get("/metrics").text
    assert 'route="/api/v2/predict/{game_id}"' in text
    assert f"/predict/{served.games[0]}" not in text


def test_the_rows_of_these_tests_satisfy_the_cutoff():
    """Rows that the tables would refuse prove nothing."""
    assert timedelta(minutes=60) <= START - OPENED


def test_forecasts_of_others_are_shown_with_their_instants(client, served):
    """A forecast without the instant at which it was made cannot be judged."""
    with served.database.connect() as connection:
        connection.execute(
            "INSERT INTO curated.outside_forecasts (forecaster, game_id, made_at, assumed, home_win) "
            "VALUES ('bob', %s, '2024-06-14T12:00Z', FALSE, .55)",
            (served.games[0],),
        )
    (found,) = client.get(f"/api/v2/games/{PKS[0]}/forecasts").json()
    assert (found["forecaster"], found["home_win"], found["over"]) == ("bob", 0.55, None)
    assert found["made_at"] == "2024-06-14T12:00:00Z"
    assert client.get(f"/api/v2/games/id:{served.games[1]}/forecasts").json() == []
