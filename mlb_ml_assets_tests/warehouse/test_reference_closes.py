"""The close of sharp books: whose prices it is, how old, and that it stays beside the close of all books.

Belongs here: the setting, and curated.reference_closes over captured quotes of several books.
Not here: closing line value at either close (betting/test_closing_line_value.py, flows/test_clv_reference.py).
"""

from datetime import timedelta

import pytest

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
