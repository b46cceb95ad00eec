"""What is at risk, on the slate page and in the API.

Belongs here: ten stakes of a day, some withdrawn, beside new advice.
Not here: which stakes are at risk (flows/test_exposure.py), the terminal (commands/).
"""

from datetime import UTC, datetime, timedelta

import pytest

from mlb_ml_assets_tests.serving.conftest import client_for
from mlb_ml_assets_tests.serving.slate_rows import DAY, OPENED, START, insert_game, insert_quotes

NOW = datetime(2024, 6, 14, 20, tzinfo=UTC)
TEAMS = (("SEA", "TEX"), ("NYM", "ATL"), ("CHC", "STL"), ("SD", "SF"), ("HOU", "LAA"))


@pytest.fixture
def ten_bets(served):
    """Five games with two stakes each: the moneyline is still advised or withdrawn, the total still advised."""
    with served.database.connect() as connection:
        for place, (away, home) in enumerate(TEAMS):
            game = insert_game(connection, DAY, START + timedelta(minutes=place), away, home, str(746000 + place))
            insert_quotes(connection, str(746000 + place), NOW + timedelta(hours=3))
            decided = decide(connection, game, OPENED)
            bet(connection, game, decided, "moneyline", "home", -110, None, 0.012)
            bet(connection, game, decided, "total", "over", -108, 8.5, 0.004)
            newest = decide(connection, game, OPENED + timedelta(hours=9))
            bet(connection, game, newest, "moneyline", "home", -118, None, 0 if place < 2 else 0.011)
            bet(connection, game, newest, "total", "over", -108, 8.5, 0.004)
    return served


def decide(connection, game, at):
    (found,) = connection.execute(
        "INSERT INTO curated.ml_predictions (game_id, model_name, model_version, feature_version, home_ml_probability, "
        "prediction_timestamp, market_close_time, time_to_game_minutes) "
        "VALUES (%s, 'mlb_game_model_open', '2024-06', '2.0', .56, %s, %s, 900) RETURNING id",
        (game, at, START),
    ).fetchone()
    return found


def bet(connection, game, prediction, market, side, odds, line, stake):
    connection.execute(
        "INSERT INTO curated.ml_recommendations (prediction_id, game_id, stage, market_type, side, book, odds, "
        "line_value, quoted_at, decided_at, final_probability, push_probability, expected_value, stake, "
        "no_bet_reason, operator) "
        "VALUES (%s, %s, 'open', %s, %s, 'the_odds_api:beta', %s, %s, %s, %s, .56, 0, .03, %s, %s, 'beta')",
        (prediction, game, market, side, odds, line, OPENED, OPENED, stake, None if stake else "below threshold"),
    )


def test_ten_stakes_of_a_day_are_on_its_page_with_their_sums(ten_bets, client):
    """The page showed the newest advice alone: of fifteen bets one, of 11.4% of the bankroll 1.0%."""
    page = client.get(f"/?date={DAY}&bankroll=1000", headers={"accept": "text/html"}).text
    section = page[page.index('id="at-risk"') :]
    # One more is the bet of the fixture's own slate.
    assert section.count("<tr ") == 11
    assert section.count(">withdrawn</span>") == 2
    assert "By operator" in section
    assert "SEA @ TEX" in section


def test_a_stake_on_a_game_that_the_slate_does_not_have_yet_is_on_the_page(served):
    """The slate and the stakes are read one after the other; a game that came in between was an error 500."""
    with client_for(served.database, recheck_seconds=3600.0) as client:
        assert client.get(f"/api/v2/slates/{DAY}").status_code == 200
        with served.database.connect() as connection:
            game = insert_game(connection, DAY, START, "CHC", "STL", "746010")
            bet(connection, game, decide(connection, game, OPENED), "moneyline", "away", 120, None, 0.01)
        page = client.get(f"/?date={DAY}", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "CHC @ STL" in page.text[page.text.index('id="at-risk"') :]


def test_the_api_adds_up_what_is_at_risk_by_game_day_and_operator(ten_bets, client):
    """A program that places bets must know what is at risk before it adds to it."""
    answer = client.get("/api/v2/exposure").json()
    withdrawn = [each for each in answer["bets"] if each["is_withdrawn"]]
    assert len(answer["bets"]) == 11
    assert len(withdrawn) == 2
    assert {(each["away_team"], each["home_team"]) for each in withdrawn} == set(TEAMS[:2])
    assert answer["withdrawn"] == pytest.approx(0.024)
    assert answer["by_game"]["SEA @ TEX"] == pytest.approx(0.016)
    assert answer["by_day"] == {str(DAY): pytest.approx(answer["total"])}
    assert sum(answer["by_operator"].values()) == pytest.approx(answer["total"])
    assert {each["availability"] for each in answer["bets"]} <= {"same", "better", "worse", "gone"}
    assert client.get(f"/api/v2/exposure?from_day={DAY + timedelta(days=1)}").json()["bets"] == []


def test_a_range_that_is_none_names_its_field(client):
    """An endless range would look up every bet ever made."""
    refused = client.get(f"/api/v2/exposure?from_day={DAY}&to_day={DAY}")
    assert refused.status_code == 422
    assert "to_day" in refused.text
