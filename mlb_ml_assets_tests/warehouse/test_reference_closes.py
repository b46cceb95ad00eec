"""The closes of single operators and of sharp books: whose prices they are, how old, and the reason for none.

Belongs here: curated.operator_closes and curated.reference_closes over captured quotes of several books, the setting.
Not here: closing line value at any close (betting/test_closing_line_value.py, flows/test_clv_reference.py).
"""

from datetime import timedelta

import pytest

from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.pricing.devig import devig_two_way
from mlb_ml_assets.pricing.odds import american_to_decimal
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, book, insert, record


@pytest.fixture
def connection(database, monkeypatch):
    """A game with an odds source, two sharp books and another."""
    monkeypatch.setenv("MLB_ML_SHARP_BOOKS", "Alpha, beta")
    with database.connect() as connection:
        record(connection, "1")
        record(connection, "odds-1", source="the_odds_api")
        for name in ("alpha", "beta", "gamma"):
            book(connection, name)
        connection.execute("UPDATE staging.book_catalogue SET parent_book = INITCAP(book_id) WHERE book_id = 'beta'")
        connection.execute("UPDATE staging.book_catalogue SET parent_book = book_id WHERE book_id <> 'beta'")
        yield connection


def price(connection, name, home, away, *, minutes, market="moneyline", line=None):
    """Both sides at one book, captured some minutes before first pitch."""
    sides = {"home": home, "away": away} if market == "moneyline" else {"over": home, "under": away}
    for side, odds in sides.items():
        insert(
            connection, "staging.source_quotes", source="the_odds_api", source_game_id="odds-1", book_id=name,
            market_type=market, side=side, odds=odds, line_value=line, updated_at=START - timedelta(minutes=minutes),
            captured_at=START - timedelta(minutes=minutes),
        )  # fmt: skip


def closes(connection):
    """(operators, line, fair probability, age in minutes) by market."""
    with connection.transaction():
        build_enhanced_games(connection, DAY, DAY)
        build_market_lines(connection, DAY, DAY)
    found = connection.execute(
        "SELECT market_type, operators, line_value, fair_probability, age FROM curated.reference_closes"
    ).fetchall()
    return {
        market: (operators, line, pytest.approx(fair, abs=1e-12), age / timedelta(minutes=1))
        for market, operators, line, fair, age in found
    }


def operator_closes(connection):
    """(book, odds of home or over, line, age in minutes, reason) by operator."""
    closes(connection)
    found = connection.execute(
        "SELECT operator, book, home_or_over_odds, line_value, age, reason FROM curated.operator_closes"
    ).fetchall()
    return {
        operator: (book, odds, line, age / timedelta(minutes=1), why) for operator, book, odds, line, age, why in found
    }


def fair(home, away):
    first, second = american_to_decimal(float(home)), american_to_decimal(float(away))
    return float(devig_two_way(first, second))


def test_it_is_the_median_of_sharp_books_with_the_age_of_the_oldest(connection):
    """The close of all books is half retail prices, which follow the sharp ones."""
    price(connection, "alpha", -120, 110, minutes=3)
    price(connection, "beta", -130, 120, minutes=12)
    price(connection, "gamma", 105, -125, minutes=1)
    median = (fair(-120, 110) + fair(-130, 120)) / 2
    assert closes(connection) == {"moneyline": (["alpha", "beta"], None, median, 12)}
    (books,) = connection.execute("SELECT books FROM curated.market_lines WHERE stage = 'close'").fetchone()
    assert books == 3


def test_a_price_seen_too_early_or_after_first_pitch_is_none(connection):
    """A morning price, and an in-play one, were closes once."""
    price(connection, "alpha", -120, 110, minutes=16)
    price(connection, "beta", -130, 120, minutes=-1)
    price(connection, "gamma", 105, -125, minutes=1)
    assert closes(connection) == {}


def test_totals_close_at_the_line_of_most_sharp_books(connection):
    """Nine retail books at another number would choose the number."""
    price(connection, "alpha", -110, -110, minutes=3, market="total", line=8.5)
    price(connection, "gamma", -115, -105, minutes=3, market="total", line=9)
    assert closes(connection) == {"total": (["alpha"], 8.5, 0.5, 3)}


def test_an_operator_of_two_books_is_one_opinion(connection):
    """Two skins of one operator would outvote another."""
    connection.execute("UPDATE staging.book_catalogue SET parent_book = 'alpha' WHERE book_id = 'gamma'")
    price(connection, "alpha", -120, 110, minutes=9)
    price(connection, "gamma", -140, 130, minutes=2)
    assert closes(connection) == {"moneyline": (["alpha"], None, fair(-140, 130), 2)}


def test_a_close_goes_with_the_setting(connection, monkeypatch):
    """One that stayed would be used after the books were no longer trusted."""
    price(connection, "alpha", -120, 110, minutes=3)
    assert closes(connection)
    monkeypatch.delenv("MLB_ML_SHARP_BOOKS")
    assert closes(connection) == {}


def test_a_book_that_no_source_lists_is_reported(connection, monkeypatch):
    """Misspelled, the setting left every bet at the close of all books without a word."""
    monkeypatch.setenv("MLB_ML_SHARP_BOOKS", "alpha,pinnacel")
    price(connection, "alpha", -120, 110, minutes=3)
    with connection.transaction():
        build_enhanced_games(connection, DAY, DAY)
        report = build_market_lines(connection, DAY, DAY).report
    assert (report["reference closes"], report["sharp books that no source lists"]) == (1, "pinnacel")


def test_each_operator_has_its_own_close_or_the_reason_for_none(connection):
    """Only the close of all books was stored: a bet could not be compared with the book that had taken it."""
    price(connection, "alpha", -120, 110, minutes=3, market="total", line=8.5)
    price(connection, "beta", -130, 120, minutes=40, market="total", line=9)
    price(connection, "gamma", 300, 300, minutes=1, market="total", line=8.5)
    assert operator_closes(connection) == {
        "alpha": ("the_odds_api:alpha", -120, 8.5, 3, None),
        "beta": ("the_odds_api:beta", None, None, 40, "not seen in time"),
        "gamma": ("the_odds_api:gamma", None, None, 1, "implausible margin"),
    }


def test_the_close_of_an_operator_is_its_last_sighting_and_no_later_one(connection):
    """A price of an hour earlier, and one of the first inning, were closes once."""
    for odds, minutes in ((-110, 70), (-125, 4), (-180, -2)):
        price(connection, "alpha", odds, -odds - 10, minutes=minutes)
    assert operator_closes(connection) == {"alpha": ("the_odds_api:alpha", -125, None, 4, None)}


def test_a_book_of_an_operator_that_was_not_seen_in_time_does_not_hide_the_other(connection):
    """The newest listing of an operator may be the one that stopped being collected."""
    connection.execute("UPDATE staging.book_catalogue SET parent_book = 'alpha' WHERE book_id = 'gamma'")
    price(connection, "alpha", -120, 110, minutes=9)
    price(connection, "gamma", 300, 300, minutes=2)
    assert operator_closes(connection) == {"alpha": ("the_odds_api:alpha", -120, None, 9, None)}


def test_a_game_that_has_not_begun_lacks_no_close(connection, monkeypatch):
    """A price of the morning is not late before first pitch; it would have been a bet's reason for none."""
    price(connection, "alpha", -120, 110, minutes=120)
    monkeypatch.setenv(SIMULATED_NOW, (START - timedelta(minutes=60)).isoformat())
    assert operator_closes(connection) == {}
    monkeypatch.setenv(SIMULATED_NOW, (START + timedelta(minutes=60)).isoformat())
    assert operator_closes(connection) == {"alpha": ("the_odds_api:alpha", None, None, 120, "not seen in time")}
