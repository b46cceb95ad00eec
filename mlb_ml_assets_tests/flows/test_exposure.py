"""What is at risk on a day, beside new advice.

Belongs here: stakes of earlier decisions, withdrawn advice, value and availability now.
Not here: sizing against them (test_bets.py), settlement.
"""

from datetime import timedelta

import pytest

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.exposure import compare_offer, read_exposure
from mlb_ml_assets.warehouse.recommendations import read_open_stakes
from mlb_ml_assets_tests.automation.rows import DAY, NOON, START, Day

BET = {"start": START, "archive_price": False, "odds": 120, "line_value": 8.5}


@pytest.fixture
def day(database, monkeypatch):
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", (NOON + timedelta(hours=1)).isoformat())
    with database.connect() as connection:
        yield Day(connection)


def test_a_stake_stays_at_risk_when_newer_advice_withdraws_it(day):
    """The board showed only the newest prediction: of 11.4% of a bankroll at risk it showed 1.0%."""
    game = day.game()
    first = day.prediction(game, "open", at=NOON - timedelta(hours=3), start=START)
    day.bet(game, first, "open", stake=0.02, odds=110, final_probability=0.52, expected_value=0.09)
    second = day.prediction(game, "open", at=NOON, start=START)
    day.bet(game, second, "open", stake=0, odds=-120, final_probability=0.45, no_bet_reason="expected value")
    exposure = read_exposure(day.connection, DayRange(DAY, DAY))
    (bet,) = exposure.bets
    assert bet.is_withdrawn
    assert (bet.odds, bet.stake) == (110, 0.02)
    assert bet.value_now == pytest.approx(0.45 * 2.1 - 1)
    assert (exposure.total, exposure.withdrawn) == (0.02, 0.02)
    assert list(exposure.by_game.values()) == [0.02]
    assert exposure.by_day == {DAY.isoformat(): 0.02}


def test_withdrawn_stakes_take_nothing_of_the_caps_of_the_day(day):
    """A newer decision of the stage replaces the older one: its stake leaves room, that of the other stage does not."""
    game = day.game()
    for hours, stage, stake in ((3, "open", 0.02), (2, "open", 0.0), (1, "lineup", 0.005)):
        prediction = day.prediction(game, stage, at=NOON - timedelta(hours=hours), start=START)
        day.bet(game, prediction, stage, stake=stake)
    placed = read_open_stakes(day.connection, DAY, DAY + timedelta(days=1), deciding=[])
    assert placed[["stage", "stake"]].to_numpy().tolist() == [["lineup", 0.005]]
    assert read_exposure(day.connection, DayRange(DAY, DAY)).withdrawn == 0.02


def test_stakes_of_both_stages_add_up_and_a_repeated_one_counts_once(day):
    """A stake that the next decision of its stage repeats is one bet, not two."""
    game = day.game()
    for hours in (3, 2):
        prediction = day.prediction(game, "open", at=NOON - timedelta(hours=hours), start=START)
        day.bet(game, prediction, "open", stake=0.01)
    lineup = day.prediction(game, "lineup", at=NOON, start=START)
    day.bet(game, lineup, "lineup", stake=0.005)
    exposure = read_exposure(day.connection, DayRange(DAY, DAY))
    assert exposure.total == pytest.approx(0.015)
    assert exposure.withdrawn == 0


def test_a_settled_bet_is_not_at_risk(day):
    """A result cannot be lost again."""
    game = day.game()
    day.bet(game, day.prediction(game, "open", start=START), "open", stake=0.01, result="win", profit=0.01)
    assert read_exposure(day.connection, DayRange(DAY, DAY)).bets == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ("same", 120)),
        ({"odds": 130}, ("better", 130)),
        ({"odds": -105}, ("worse", -105)),
        ({"line_value": 9.0}, ("gone", None)),
        ({"down": True}, ("gone", None)),
        ({"seen_at": NOON - timedelta(minutes=16)}, ("gone", None)),
        (None, ("gone", None)),
    ],
)
def test_an_offer_is_compared_at_the_bets_own_line(change, expected):
    """Over 9 at +120 is another bet than over 8.5 at +120, and a price last seen long ago is no offer."""
    offer = {"odds": 120, "line_value": 8.5, "down": False, "seen_at": NOON}
    assert compare_offer(BET, None if change is None else {**offer, **change}, NOON) == expected


def test_after_the_start_nothing_is_offered():
    """In-play prices are another market."""
    assert compare_offer(BET, None, START) == ("started", None)
    assert compare_offer({**BET, "archive_price": True}, None, NOON) == ("unknown", None)
