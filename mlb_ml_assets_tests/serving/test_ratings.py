"""Ratings of players as the API and the pages show them.

Belongs here: a player by date, a game's parts, another starter or catcher, the page's words.
Not here: the ratings themselves (features/).
"""

import pytest

from mlb_ml_assets.features.player_constants import GAME_BATTERS, LEAGUE_RATES
from mlb_ml_assets_tests.serving.rating_rows import ACE, CATCHER, ROOKIE, insert_features, insert_ratings
from mlb_ml_assets_tests.serving.slate_rows import PKS


@pytest.fixture
def rated(served, client):
    """The served slate with ratings of three players, and player features of the first game."""
    with served.database.connect() as connection:
        insert_ratings(connection)
        insert_features(connection, served.games[0])
    return client


def test_a_players_ratings_are_listed_by_date_with_errors_and_the_league(rated):
    """A rating without its uncertainty, or without the day it is of, cannot be judged."""
    found = rated.get(f"/api/v2/ratings/players/{ACE}").json()
    assert (found["name"], [each["day"] for each in found["ratings"]]) == ("Ace Able", ["2024-06-12", "2024-06-10"])
    newest = found["ratings"][0]
    assert newest["strikeouts"] == pytest.approx(0.06)
    assert newest["strikeouts_se"] == pytest.approx(0.02)
    assert newest["league_strikeouts"] == pytest.approx(LEAGUE_RATES[0])
    assert newest["runs_per_100"] < 0
    earlier = rated.get(f"/api/v2/ratings/players/{ACE}?until=2024-06-11").json()
    assert [each["day"] for each in earlier["ratings"]] == ["2024-06-10"]
    assert [each["player_id"] for each in rated.get("/api/v2/ratings/players?name=able").json()] == [ACE]
    assert rated.get("/api/v2/ratings/players/123456").status_code == 404
    # A NUL, which no text of PostgreSQL can hold, was an error 500.
    assert rated.get("/api/v2/ratings/players?name=a%00b").status_code == 422
    assert rated.get("/players?name=a%00b").status_code == 200


def test_a_games_parts_are_runs_and_points_of_the_home_side(rated):
    """A part that favors the home side in runs must raise its probability."""
    found = rated.get(f"/api/v2/games/{PKS[0]}/ratings").json()
    parts = {each["part"]: each for each in found["parts"]}
    assert parts["batters"]["home_runs_ahead"] == pytest.approx(GAME_BATTERS * 0.006, rel=1e-4)
    assert parts["starters"]["home_runs_ahead"] == pytest.approx(GAME_BATTERS * 0.03, rel=1e-4)
    assert parts["together"]["home_runs_ahead"] == pytest.approx(0.7, rel=1e-4)
    for part in parts.values():
        assert part["probability"] * part["home_runs_ahead"] >= 0
    assert 0.05 < parts["starters"]["probability"] < 0.2
    assert rated.get(f"/api/v2/games/id:{PKS[2]}/ratings").status_code == 404


def test_another_starter_or_catcher_has_its_worth(rated):
    """The ace for an average starter gains his side what his rates are worth over the batters that he faces."""
    address = f"/api/v2/games/{PKS[0]}/ratings"
    (ace,) = rated.get(f"{address}?away_starter={ACE}").json()["changes"]
    (rookie,) = rated.get(f"{address}?home_starter={ROOKIE}").json()["changes"]
    (catcher,) = rated.get(f"{address}?away_catcher={CATCHER}").json()["changes"]
    assert (ace["side"], ace["name"]) == ("away", "Ace Able")
    assert ace["runs"] > 0.5
    assert ace["probability"] > 0.04
    assert rookie["runs"] == pytest.approx(GAME_BATTERS * -0.02, rel=1e-3)
    assert rookie["probability"] < 0
    assert 0 < catcher["probability"] < 0.03
    unrated = rated.get(f"{address}?home_starter=123456")
    assert (unrated.status_code, unrated.json()["errors"][0]["field"]) == (404, "query.home_starter")


def test_the_pages_show_ratings_and_lead_from_them_to_the_probability(rated):
    """The number of a game must be explained in words, down to players that can be looked up."""
    page = rated.get(f"/games/{PKS[0]}").text
    assert "From ratings to probability" in page
    assert "BAL’s lineup is worth 0.23 runs a game more than PHI’s" in page
    assert "saves 0.76 runs against an average starter" in page
    assert "Baseball alone" in page
    assert "From ratings" not in rated.get(f"/games/{PKS[2]}").text
    player = rated.get(f"/players/{ACE}")
    assert player.status_code == 200
    assert "Ace Able" in player.text
    assert "+6.00 <small>± 3.92</small>" in player.text
    assert f"/players/{ACE}" in rated.get("/players?name=ace").text
    assert rated.get("/players/123456").status_code == 404
