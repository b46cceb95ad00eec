"""Prices of a log of changes at fixed hours before first pitch.

Belongs here: which change was in effect at an hour, logs that must not count, what training reads of them.
Not here: the curve that an anchor learns from them (modeling/test_game_model.py).
"""

from datetime import timedelta

import numpy as np
import pytest

from mlb_ml_assets.features.stamped_prices import STAMPED_COLUMNS, stamped_columns
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets.warehouse.stamped_prices import read_stamped_prices
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, insert, record, result

GAME = "PIT202406040"


@pytest.fixture
def connection(database):
    """A finished game of a bundle, whose first pitch was ten minutes late."""
    with database.connect() as connection:
        record(connection, GAME, source="history_bundle", status="final")
        result(connection, GAME, 1, 0, source="history_bundle", first_pitch=START + timedelta(minutes=10))
        yield connection


def change(connection, at, home, away, line=None, book="Pinnacle", kind="tick", assumed=False):
    """Both sides of a moneyline, or of a total at `line`, from `at` hours before the start on."""
    for side, odds in zip(("home", "away") if line is None else ("over", "under"), (home, away), strict=True):
        insert(
            connection, "staging.archive_quotes", source="history_bundle", source_game_id=GAME, feed="log", book=book,
            quote_kind=kind, market_type="moneyline" if line is None else "total", side=side, odds=odds,
            line_value=line, updated_at=START - timedelta(hours=at), assumed=assumed, is_primary=False,
        )  # fmt: skip


def stored(connection):
    """(line, probability to three digits, hours before the start) by market and hour."""
    with connection.transaction():
        build_enhanced_games(connection, DAY, DAY)
        build_market_lines(connection, DAY, DAY)
    rows = connection.execute(
        "SELECT market_type, hours_to_start, line_value::FLOAT, ROUND(fair_probability::NUMERIC, 3)::FLOAT, quoted_at "
        "FROM curated.stamped_prices"
    )
    return {(market, hours): (line, fair, (START - at) / timedelta(hours=1)) for market, hours, line, fair, at in rows}


def test_a_change_holds_until_the_next_one(connection):
    """The next change instead of the last one is a price from the future of every decision."""
    for at, home, away in ((30, 100, -110), (7, -110, 100), (3, -120, 110), (2.9, -150, 140), (-0.1, -200, 180)):
        change(connection, at, home, away)
    change(connection, 20, -105, -105, line=8.5)
    change(connection, 0.5, -110, 100, line=9.0)
    # First pitch was ten minutes after the start: what came later knows the score.
    change(connection, -0.2, -900, 700)
    assert stored(connection) == {
        ("moneyline", 12): (None, 0.488, 30),
        ("moneyline", 6): (None, 0.512, 7),
        ("moneyline", 3): (None, 0.535, 3),
        ("moneyline", 1): (None, 0.592, 2.9),
        ("moneyline", 0): (None, 0.655, -0.1),
        **{("total", hours): (8.5, 0.5, 20) for hours in (1, 3, 6, 12)},
        ("total", 0): (9.0, 0.512, 0.5),
    }


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("a log that ends two hours before", {"at": 2.0}),
        ("a close whose stamp was assumed", {"at": 0.1, "assumed": True}),
        ("a close that is no change of a log", {"at": 0.1, "kind": "close"}),
    ],
)
def test_a_log_without_its_end_teaches_nothing(connection, name, given):
    """A log that was cut off has a last price and no close: every move after it would be zero."""
    change(connection, 26, -110, 100)
    change(connection, 8, -120, 110)
    change(connection, home=-130, away=120, **given)
    assert stored(connection) == {}, name


def test_prices_are_of_one_book_and_corrections_replace_them(connection):
    """A price of one book and the close of another differ by their margins and habits, which no model foresees."""
    for at in (13, 7, 0.4):
        change(connection, at, -110, 100)
    change(connection, 2, 150, -160, book="alpha")
    change(connection, 0.2, 150, -160, book="alpha")
    assert {hours for _, hours in stored(connection)} == {0, 1, 3, 6, 12}
    assert connection.execute("SELECT DISTINCT book FROM curated.stamped_prices").fetchall() == [("log:Pinnacle",)]
    connection.execute("DELETE FROM staging.archive_quotes WHERE book = 'Pinnacle'")
    assert {hours for _, hours in stored(connection)} == {0, 1}
    connection.execute("DELETE FROM staging.archive_quotes")
    assert stored(connection) == {}


def test_training_reads_what_was_quoted_by_the_instant(connection):
    """A curve of prices that came after the cutoff is a leak, however old their games are."""
    for at in (13, 0.4):
        change(connection, at, -110, 100)
    stored(connection)
    assert set(read_stamped_prices(connection, START)["hours_to_start"]) == {0, 1, 3, 6, 12}
    prices = read_stamped_prices(connection, START - timedelta(hours=1))
    assert set(prices["hours_to_start"]) == {1, 3, 6, 12}
    game = int(prices["game_id"].iloc[0])
    columns = stamped_columns(np.array([game, -1, game]), prices)
    assert tuple(columns) == STAMPED_COLUMNS
    np.testing.assert_allclose(columns["stamped_12h_home_logit"], [0.0477, np.nan, 0.0477], atol=1e-3)
    assert np.isnan(columns["stamped_0h_home_logit"]).all()
    assert np.isnan(columns["stamped_12h_total_line"]).all()
