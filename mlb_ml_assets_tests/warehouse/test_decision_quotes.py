"""Which prices a decision may bet at.

Belongs here: the newest price of each book before the instant, and books that take no bets then.
Not here: which of them is bet (betting/test_acceptable_quotes.py).
"""

from datetime import timedelta

import pandas as pd
import pytest

from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.recommendations import read_decision_quotes
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, book, insert, quote, record, seen


@pytest.fixture
def connection(database):
    """A linked game at a feed with a table of its own and in Action Network's."""
    with database.connect() as connection:
        record(connection, "1")
        record(connection, "odds-1", source="the_odds_api")
        record(connection, "9", source="action_network")
        book(connection, "alpha")
        with connection.transaction():
            build_enhanced_games(connection, DAY, DAY)
        yield connection


def shown(connection, hours=1.0):
    """(book, side) -> (odds, down) at so many hours before the start."""
    (game,) = connection.execute("SELECT id FROM curated.enhanced_games").fetchone()
    decisions = pd.DataFrame({"game_id": [game], "stage": ["lineup"], "as_of": [START - timedelta(hours=hours)]})
    found = read_decision_quotes(connection, decisions)
    return {(row.book, row.side): (row.odds, row.down) for row in found.itertuples()}


def action_network(connection, odds, at, status="normal"):
    insert(
        connection, "staging.action_network_odds_historical", external_game_id="9", sportsbook_external_id="68",
        market_type="moneyline", side="home", odds=odds, updated_at=START - timedelta(hours=at), line_status=status,
    )  # fmt: skip


def test_each_book_shows_its_newest_price_of_the_instant(connection):
    """A price of later is one that nobody could have had; an older one is gone."""
    for odds, at in ((-110, 5), (-120, 2), (-150, 0.5)):
        quote(connection, "alpha", "home", odds, at)
        action_network(connection, odds - 5, at)
    assert shown(connection) == {
        ("the_odds_api:alpha", "home"): (-120, False),
        ("action_network:68", "home"): (-125, False),
    }
    assert shown(connection, hours=6) == {}


def test_a_suspended_or_pulled_price_is_down(connection):
    """The price before a suspension is no longer in effect: betting it is betting at a closed window."""
    quote(connection, "alpha", "home", -110, 5)
    action_network(connection, -110, 5)
    action_network(connection, -110, 2, status="suspended")
    assert shown(connection)["action_network:68", "home"] == (-110, True)
    assert shown(connection, hours=3)["action_network:68", "home"] == (-110, False)
    seen(connection, "alpha", 4, pulled=2)
    assert shown(connection)["the_odds_api:alpha", "home"] == (-110, True)
    assert shown(connection, hours=3)["the_odds_api:alpha", "home"] == (-110, False)


def test_sides_are_those_of_the_game_where_a_source_has_the_clubs_the_other_way_about(connection):
    """A club at home in another's park: taken as listed, the bet on the home side would be the visitors' price."""
    quote(connection, "alpha", "home", -150, 5)
    quote(connection, "alpha", "away", 130, 5)
    connection.execute(
        "UPDATE staging.source_games SET home_team = away_team, away_team = home_team WHERE source = 'the_odds_api'"
    )
    assert shown(connection) == {
        ("the_odds_api:alpha", "away"): (-150, False),
        ("the_odds_api:alpha", "home"): (130, False),
    }


def test_of_two_listings_of_a_game_each_market_is_of_the_one_priced_last(connection):
    """Another program links both, or a feed lists a game anew: two prices of one book stopped the slate."""
    record(connection, "odds-2", source="the_odds_api")
    connection.execute(
        "INSERT INTO curated.game_identity (source, source_game_id, game_id, confidence, method, evidence) "
        "SELECT source, 'odds-2', game_id, confidence, method, evidence FROM curated.game_identity "
        "WHERE source_game_id = 'odds-1'"
    )
    for side, odds in (("home", -110), ("away", -105)):
        quote(connection, "alpha", side, odds, 5)
        quote(connection, "alpha", side, odds - 20, 3, game="odds-2")
        quote(connection, "alpha", side, odds - 40, 2 if side == "home" else 6)
    assert shown(connection) == {
        ("the_odds_api:alpha", "home"): (-150, False),
        ("the_odds_api:alpha", "away"): (-105, False),
    }
    assert shown(connection, hours=2.5) == {
        ("the_odds_api:alpha", "home"): (-130, False),
        ("the_odds_api:alpha", "away"): (-125, False),
    }
