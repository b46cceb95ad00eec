"""Promises of playing a season back.

Belongs here: equity lines, drawdowns, the picture.
Not here: the simulated leagues (test_planted_edge.py).
"""

import pandas as pd
import pytest

from mlb_ml_assets.evaluation.bankroll import drawdown, equity_lines, falls
from mlb_ml_assets.evaluation.pictures import equity_picture


def season(rows):
    return pd.DataFrame(rows, columns=["game_date", "stake", "kelly_slate", "unit_return"]).assign(
        game_date=lambda frame: pd.to_datetime(frame["game_date"])
    )


def test_the_bets_of_a_day_are_staked_on_one_bankroll():
    """Compounding within a day stakes money on the evening's game that the afternoon's has not paid yet."""
    bets = season([("2018-04-01", 0.1, 0.4, 1.0), ("2018-04-01", 0.1, 0.4, 1.0), ("2018-04-02", 0.1, 0.4, -1.0)])
    lines = equity_lines(bets, fractions=(1.0, 0.5), flat_stake=0.01)
    assert lines["as placed"].tolist() == pytest.approx([1.2, 1.08])
    assert lines["full Kelly"].tolist() == pytest.approx([1.8, 1.08])
    assert lines["0.5 Kelly"].tolist() == pytest.approx([1.4, 1.12])
    assert lines["flat"].tolist() == pytest.approx([1.02, 1.01])


def test_the_placebo_line_stands_beside_them_on_its_own_days():
    """A placebo shown on other days than the bets cannot be compared with them."""
    placebo = season([("2018-04-01", 0, 0, -1.0), ("2018-04-03", 0, 0, -1.0)])
    lines = equity_lines(season([("2018-04-02", 0.1, 0.4, 1.0)]), placebo)
    assert lines["placebo"].tolist() == pytest.approx([0.99, 0.99, 0.98])
    assert lines["as placed"].tolist() == pytest.approx([1.0, 1.1, 1.1])


def test_a_lost_bankroll_stays_lost():
    """A negative bankroll that wins its way back is a bug in a public package's changelog."""
    bets = season([("2018-04-01", 0.5, 1.5, -1.0), ("2018-04-02", 0.5, 1.5, 1.0)])
    assert equity_lines(bets)["full Kelly"].tolist() == [0.0, 0.0]


def test_drawdown_and_time_under_water():
    """The start is a peak too: a line that only falls is under water from its first day."""
    days = pd.to_datetime(["2018-04-01", "2018-04-02", "2018-04-05", "2018-04-10", "2018-04-11"])
    found = drawdown(pd.Series([1.2, 0.9, 1.0, 1.3, 1.25], index=days))
    assert found.share == pytest.approx(0.25)
    assert found.amount == pytest.approx(0.3)
    assert found.days_under_water == 4
    assert found.share_under_water == pytest.approx(3 / 5)
    assert drawdown(pd.Series([0.9, 0.8], index=days[:2])).share == pytest.approx(0.2)
    assert falls([1.2, 0.9, 1.0, 1.3]).tolist() == pytest.approx([0, 0.25, 1 / 6, 0])
    assert drawdown(pd.Series([], dtype=float)).share == 0


def test_the_picture_is_a_picture():
    """An artifact that cannot be opened is found by the first reader."""
    lines = equity_lines(season([("2018-04-02", 0.1, 0.4, 1.0), ("2018-04-03", 0.1, 0.4, -1.0)]))
    assert equity_picture(lines, "2018").startswith(b"\x89PNG")
