"""The close that a bet's closing line value is measured at, from the stored closes to the API's row and the frame.

Belongs here: settlement with and without a sharp close and a close of the own book, and a setting that was turned off.
Not here: building the closes (warehouse/test_reference_closes.py), the value (betting/test_closing_line_value.py).
"""

from datetime import timedelta

import pytest

from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.performance import settle_days
from mlb_ml_assets.serving.answers import Recommendation
from mlb_ml_assets.serving.track_record import betting_days, summarize
from mlb_ml_assets.warehouse.api_reads import recommendations_of
from mlb_ml_assets_tests.automation.rows import DAY, START, Day

DAYS = DayRange(DAY, DAY)


@pytest.fixture
def placed(database, monkeypatch):
    """A settled bet on the home side at +100, whose market closed at .55 and at sharp books at .53."""
    monkeypatch.setenv(SIMULATED_NOW, (START + timedelta(days=1)).isoformat())
    with database.connect() as connection:
        day = Day(connection)
        game = day.game(game_status="final", home_score=4, away_score=3, winning_team="BOS")
        day.line(game, "close", probability=0.55)
        day.insert(
            "curated.reference_closes", game_id=game, market_type="moneyline", operators=["circa", "pinnacle"],
            book="the_odds_api:pinnacle", home_or_over_odds=-117, away_or_under_odds=109, fair_probability=0.53,
            quoted_at=START - timedelta(minutes=9), seen_at=START - timedelta(minutes=6), age=timedelta(minutes=6),
        )  # fmt: skip
        prediction = day.prediction(game)
        day.bet(game, prediction, odds=100)
        yield connection, prediction


def settled(connection, prediction):
    """The bet as the API answers it."""
    with connection.transaction():
        settle_days(connection, DAYS)
    (row,) = recommendations_of(connection, [prediction])[prediction]
    return Recommendation.model_validate(row)


def test_a_bet_is_measured_at_the_sharp_close_and_keeps_the_close_of_all_books(placed):
    """Against the close of the books that follow, a bet that only beat a slow book looked like profit."""
    bet = settled(*placed)
    assert (bet.clv_reference, bet.clv_expected_value) == ("sharp", pytest.approx(0.06))
    assert (bet.reference_probability, bet.closing_probability) == (pytest.approx(0.53), pytest.approx(0.55))
    assert (bet.reference_operators, bet.reference_age_minutes) == (["circa", "pinnacle"], pytest.approx(6))


def test_the_track_record_counts_the_bets_measured_at_the_sharp_close(placed):
    """Averages over bets of both kinds would pass for one."""
    connection, prediction = placed
    settled(connection, prediction)
    (day,) = betting_days(connection, "open", DAY, DAY + timedelta(days=1))
    assert (day.with_close, day.with_sharp_close) == (1, 1)
    assert summarize([day])["with_sharp_close"] == 1


def test_without_the_sharp_close_the_value_is_that_of_all_books_again(placed):
    """A bet settled once kept the close of books that are no longer trusted."""
    connection, prediction = placed
    settled(connection, prediction)
    connection.execute("DELETE FROM curated.reference_closes")
    bet = settled(connection, prediction)
    assert (bet.clv_reference, bet.clv_expected_value) == ("market", pytest.approx(0.10))
    assert (bet.reference_probability, bet.reference_operators) == (None, None)


def own_close(connection, operator, **values):
    """The close of an operator on the market of the bet."""
    (game,) = connection.execute("SELECT game_id FROM curated.ml_recommendations").fetchone()
    Day(connection).insert(
        "curated.operator_closes", game_id=game, market_type="moneyline", operator=operator, book=f"feed:{operator}",
        quoted_at=START - timedelta(minutes=50), **values,
    )  # fmt: skip


def test_a_bet_is_measured_at_the_close_of_the_operator_that_took_it_too(placed):
    """Against all books alone, a book that is always late and a good forecast look the same."""
    connection, prediction = placed
    connection.execute("UPDATE curated.ml_recommendations SET operator = 'Slowbook'")
    price = {"home_or_over_odds": -104, "away_or_under_odds": -106, "fair_probability": 0.5}
    own_close(connection, "slowbook", **price, age=timedelta(minutes=2), seen_at=START - timedelta(minutes=2))
    own_close(connection, "other", **price | {"fair_probability": 0.6}, age=timedelta(0), seen_at=START)
    bet = settled(connection, prediction)
    assert (bet.clv_reference, bet.clv_expected_value) == ("sharp", pytest.approx(0.06))
    assert (bet.own_closing_probability, bet.own_clv_expected_value) == (0.5, pytest.approx(0))
    assert (bet.own_closing_odds, bet.own_close_age_minutes, bet.no_own_close_reason) == (-104, pytest.approx(2), None)
    (day,) = betting_days(connection, "open", DAY, DAY + timedelta(days=1))
    assert (day.with_own_close, day.own_clv_mean) == (1, pytest.approx(0))
    assert summarize([day])["own_clv_mean"] == pytest.approx(0)


def test_the_own_book_without_a_close_gives_the_age_and_the_reason(placed):
    """An empty field is read as a close that was never looked for."""
    connection, prediction = placed
    connection.execute("UPDATE curated.ml_recommendations SET operator = 'slowbook'")
    seen = START - timedelta(minutes=50)
    own_close(connection, "slowbook", reason="not seen in time", age=timedelta(minutes=50), seen_at=seen)
    bet = settled(connection, prediction)
    assert (bet.own_closing_probability, bet.own_clv_expected_value, bet.own_closing_odds) == (None, None, None)
    assert (bet.own_close_age_minutes, bet.no_own_close_reason) == (pytest.approx(50), "not seen in time")


def test_an_archives_own_close_is_that_of_its_feed_and_book(placed):
    """All archives settle as one operator, whose open of one feed would be compared with the close of another."""
    connection, prediction = placed
    connection.execute(
        "UPDATE curated.ml_recommendations SET archive_price = TRUE, book = 'Feed:five', operator = 'archive'"
    )
    price = {"home_or_over_odds": -150, "away_or_under_odds": 140, "fair_probability": 0.59}
    own_close(connection, "other:five", **price)
    bet = settled(connection, prediction)
    assert (bet.own_closing_probability, bet.no_own_close_reason) == (None, "not recorded")
    own_close(connection, "feed:five", **price)
    bet = settled(connection, prediction)
    assert (bet.own_closing_probability, bet.own_close_age_minutes) == (pytest.approx(0.59), None)


def test_a_day_on_which_no_side_has_a_price_is_settled(placed):
    """The operators of its sides are a column without a text: the first days without odds stopped here."""
    connection, prediction = placed
    connection.execute(
        "UPDATE curated.ml_recommendations"
        " SET odds = NULL, book = NULL, quoted_at = NULL, stake = 0, no_bet_reason = 'no price'"
    )
    bet = settled(connection, prediction)
    assert (bet.result, bet.own_clv_expected_value, bet.no_own_close_reason) == (None, None, None)
