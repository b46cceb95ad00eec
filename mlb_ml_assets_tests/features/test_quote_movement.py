"""Steam and moves against the tickets, without a database.

Belongs here: the rules of features/quote_movement.py on moves written by hand.
Not here: quotes in tables (warehouse/test_quote_metrics.py).
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.features.quote_movement import reverse_line_movement, steam, step_directions

NOON = datetime(2024, 6, 4, 16, 0, tzinfo=UTC)
EARLY = NOON - timedelta(days=1)


def moves(*told):
    """(operator, minutes after noon, direction)"""
    rows = [(operator, NOON + timedelta(minutes=minutes), direction) for operator, minutes, direction in told]
    return pd.DataFrame(rows, columns=["operator", "at", "direction"])


def test_three_operators_within_ten_minutes_are_steam():
    """The window's end is when it was known, not when it began."""
    told = steam(moves(("a", 0, 1), ("b", 4, 1), ("c", 10, 1)), EARLY)
    assert told == (1, 3, NOON + timedelta(minutes=10))


@pytest.mark.parametrize(
    "told",
    [
        (("a", 0, 1), ("b", 4, 1), ("c", 10.5, 1)),
        (("a", 0, 1), ("b", 4, 1), ("c", 5, -1)),
        (("a", 0, 1), ("a", 4, 1), ("b", 5, 1)),
        (),
    ],
    ids=["too slow", "one the other way", "one operator twice", "no moves"],
)
def test_less_than_that_is_none(told):
    """One operator's five state licences copying one price are not five opinions."""
    assert steam(moves(*told), EARLY) == (0, 0, None)


def test_the_latest_steam_stands():
    """A morning's steam that the evening's took back would be shown as the market's direction."""
    told = [("a", 0, 1), ("b", 1, 1), ("c", 2, 1), ("a", 60, -1), ("b", 61, -1), ("c", 62, -1)]
    assert steam(moves(*told), EARLY)[0] == -1
    assert steam(moves(*told), NOON + timedelta(hours=2)) == (0, 0, None)


def _steps(side, size, line=0.0, book="a"):
    return {
        "operator": book, "book": book, "side": side, "step_times": [NOON], "step_sizes": [size], "step_lines": [line],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("market", "rows", "direction"),
    [
        ("moneyline", [_steps("home", 0.02), _steps("away", -0.02)], 1),
        ("moneyline", [_steps("home", -0.02)], -1),
        ("moneyline", [_steps("home", 0.02), _steps("away", 0.02)], 0),
        ("total", [_steps("over", -0.03, 0.5), _steps("under", 0.03, 0.5)], 1),
        ("spread", [_steps("home", 0.2, 3.0), _steps("away", -0.2, -3.0)], -1),
    ],
    ids=["home shorter", "home longer", "wider margin", "higher total", "home no longer lays runs"],
)
def test_both_sides_of_a_book_are_one_move(market, rows, direction):
    """A margin that widens shortens both sides: read side by side it is steam both ways."""
    assert step_directions(pd.DataFrame(rows), market)["direction"].tolist() == [direction]


@pytest.mark.parametrize(
    ("tickets", "move", "told"), [(70, -0.02, -1), (30, 0.02, 1), (70, 0.02, 0), (70, 0.0, 0), (50, 0.02, 0)]
)
def test_a_move_against_most_tickets_is_reverse(tickets, move, told):
    """With the tickets it is what anyone expects; signed by where the market went."""
    assert reverse_line_movement(tickets, move) == told


def test_without_tickets_nothing_is_known():
    """Zero would say that the market agreed with the public."""
    assert np.isnan(reverse_line_movement(float("nan"), 0.02))
    assert np.isnan(reverse_line_movement(70, float("nan")))
