"""Paths of prices in a cell of the slate.

Belongs here: which prices make one path, and what a short path keeps of a long one.
Not here: drawing them (test_page.py), which prices are read (test_market.py).
"""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from mlb_ml_assets.serving.price_paths import COLUMNS, Bet, build_paths, thin

NOON = datetime(2024, 6, 14, 16, tzinfo=UTC)


def price(book, minute, odds, until=None, market="moneyline", line=None):
    at, end = NOON + timedelta(minutes=minute), None if until is None else NOON + timedelta(minutes=until)
    return {"game_id": 1, "market_type": market, "book": book, "odds": odds, "line_value": line, "at": at, "until": end}


def values(path):
    return [pytest.approx(value) for _, value in path]


def test_a_path_is_the_median_of_the_books_that_take_bets():
    """A price that had ended still pulled the median."""
    rows = [price("a", 0, 100, until=2), price("a", 2, -150), price("b", 1, -150, until=3)]
    assert values(build_paths(rows)[Bet(1, "moneyline", None)]) == [0.5, 0.55, 0.6, 0.6]


def test_a_run_line_at_another_line_has_its_own_path_and_a_total_shows_its_line():
    """Minus 1.5 at +150 and plus 1.5 at -180 of one game were one jagged line."""
    rows = [
        price("a", 0, 150, market="spread", line=Decimal("-1.5")),
        price("b", 1, -150, market="spread", line=Decimal("1.5")),
        price("a", 0, -110, market="total", line=Decimal("8.5")),
    ]
    paths = build_paths(rows)
    assert values(paths[Bet(1, "spread", -1.5)]) == [0.4]
    assert values(paths[Bet(1, "spread", 1.5)]) == [0.6]
    assert values(paths[Bet(1, "total", None)]) == [8.5]
    assert build_paths([]) == {}


def test_a_long_path_is_bounded_and_keeps_its_ends_and_its_extremes():
    """The page of a day with hundreds of changes grew by a hundred kilobytes, and one spike must still be seen."""
    points = [(NOON + timedelta(seconds=second), 0.5 + second % 7 / 100) for second in range(5000)]
    points[2501] = (points[2501][0], 0.9)
    kept = thin(points)
    assert len(kept) <= 4 * (COLUMNS + 1)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert points[2501] in kept
    assert list(kept) == sorted(kept)
    assert thin(points[:100]) == tuple(points[:100])
