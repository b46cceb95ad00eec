"""The first decision about a game: how long it waits, what it sees, and that it is recorded.

Belongs here: the rule over captured quotes of several books.
Not here: the lines at the other stages (test_market_lines.py), requests for features (features/test_decisions.py).
"""

from datetime import timedelta

import pytest

from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets.warehouse.settings import SettingsError, read_decision_rule
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, book, insert, record

BOOKS = ("alpha", "beta", "gamma", "delta")


@pytest.fixture
def connection(database):
    """A game with an odds source and four books."""
    with database.connect() as connection:
        record(connection, "1")
        record(connection, "odds-1", source="the_odds_api")
        for name in BOOKS:
            book(connection, name)
        yield connection


def price(connection, name, odds, *, stamped, captured):
    """Both sides of a moneyline at one book; instants are hours before START."""
    for side in ("home", "away"):
        insert(
            connection, "staging.source_quotes", source="the_odds_api", source_game_id="odds-1", book_id=name,
            market_type="moneyline", side=side, odds=odds, updated_at=START - timedelta(hours=stamped),
            captured_at=START - timedelta(hours=captured),
        )  # fmt: skip


def opening(connection):
    """(hours before START of the first price and of the decision, books, reason), and the opening line's home odds."""
    with connection.transaction():
        build_enhanced_games(connection, DAY, DAY)
        build_market_lines(connection, DAY, DAY)
    row = connection.execute(
        "SELECT first_price_at, decided_at, books, waited_for FROM curated.game_openings"
    ).fetchone()
    line = connection.execute(
        "SELECT home_or_over_odds, known_at FROM curated.market_lines WHERE stage = 'open'"
    ).fetchone()
    assert row is not None
    if line is not None:
        assert line[1] == row[1], "the line is known from the decision on"
    hours = [(START - at) / timedelta(hours=1) for at in row[:2]]
    return (*hours, *row[2:]), None if line is None else line[0]


def test_a_board_of_three_books_is_decided_at_its_capture(connection):
    """The book's own stamp lies before the payload: nobody could have bet then."""
    for name in BOOKS[:3]:
        price(connection, name, -110, stamped=30, captured=24)
    assert opening(connection) == ((24, 24, 3, "books"), -110)


def test_one_book_waits_for_others(connection):
    """Decided at once, 229 of 322 recorded bets saw one book where the market had more."""
    price(connection, "alpha", -115, stamped=24, captured=24)
    price(connection, "beta", -110, stamped=23.8, captured=23.8)
    price(connection, "gamma", -108, stamped=23.7, captured=23.7)
    assert opening(connection)[0] == (24, 23.7, 3, "books")


def test_the_wait_ends_and_the_price_of_then_counts(connection):
    """A market of one book would otherwise never be decided; its first price may have moved while waiting."""
    price(connection, "alpha", -115, stamped=24, captured=24)
    price(connection, "alpha", -112, stamped=23.6, captured=23.6)
    price(connection, "alpha", -105, stamped=20, captured=20)
    assert opening(connection) == ((24, 23.5, 1, "time"), -112)


def test_two_books_of_one_operator_are_one(connection):
    """Three skins of one operator are one opinion."""
    connection.execute("UPDATE staging.book_catalogue SET parent_book = 'one' WHERE book_id <> 'delta'")
    for name in BOOKS:
        price(connection, name, -110, stamped=24, captured=24)
    assert opening(connection)[0] == (24, 23.5, 2, "time")


def test_the_cutoff_ends_the_wait(connection):
    """A decision after the cutoff would be refused by the table's CHECK."""
    price(connection, "alpha", -110, stamped=1.25, captured=1.25)
    assert opening(connection)[0] == (1.25, 1, 1, "cutoff")


def test_a_game_that_still_waits_has_no_opening_line(connection, monkeypatch):
    """Its line would be decided again at the end of the wait, on other prices, under another stamp."""
    price(connection, "alpha", -115, stamped=24, captured=24)
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", (START - timedelta(hours=23.75)).isoformat())
    assert opening(connection) == ((24, 23.5, 1, "time"), None)
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", (START - timedelta(hours=23.5)).isoformat())
    assert opening(connection) == ((24, 23.5, 1, "time"), -115)


def test_a_change_log_read_after_the_game_counts_from_its_stamps(connection):
    """Captured weeks later, all of its prices would be known only after the game."""
    for name in BOOKS[:3]:
        price(connection, name, -110, stamped=24, captured=-300)
    assert opening(connection)[0] == (24, 24, 3, "books")


def test_the_rule_can_be_set(connection, monkeypatch):
    """People who place bets by hand need a minute; an installation with two books need not wait for a third."""
    monkeypatch.setenv("MLB_ML_FIRST_DECISION_BOOKS", "2")
    monkeypatch.setenv("MLB_ML_REACTION_SECONDS", "90")
    price(connection, "alpha", -110, stamped=24, captured=24)
    price(connection, "beta", -110, stamped=24, captured=24)
    assert opening(connection)[0] == (24, 24 - 0.025, 2, "books")


@pytest.mark.parametrize("given", ["soon", "-1", "1.5", "0"])
def test_a_rule_that_cannot_be_used_is_refused_by_name(given):
    """Ignored, a typo would change when bets are decided without a word."""
    with pytest.raises(SettingsError, match=r"MLB_ML_FIRST_DECISION_BOOKS is .*: set a whole number from 1 to 100"):
        read_decision_rule({"MLB_ML_FIRST_DECISION_BOOKS": given})
