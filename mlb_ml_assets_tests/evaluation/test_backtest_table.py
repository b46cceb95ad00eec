"""Promises of the backtest's tables.

Belongs here: grouping, thresholds and the diagonal.
Not here: the statistics themselves (test_clustered.py).
"""

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.evaluation.backtest_table import (
    profit_on_closing_line_value,
    results_by_threshold,
    settled_sides,
    value_calibration,
)


def recommendations(count=4000, seed=0):
    """Sides at 2.0 whose chance is .5 plus half of what was claimed: overconfident by a factor of two."""
    rng = np.random.default_rng(seed)
    claimed = rng.normal(0, 0.05, count)
    won = rng.random(count) < 0.5 + claimed / 4
    frame = pd.DataFrame({"game_id": np.arange(count), "expected_value": claimed, "decimal_odds": 2.0})
    frame["game_date"] = pd.Timestamp("2018-04-01") + pd.to_timedelta(frame["game_id"] // 15, unit="D")
    frame["market_type"] = np.where(frame["game_id"] % 2 == 0, "moneyline", "total")
    frame["season"] = 2018
    frame["clv_expected_value"] = claimed / 2
    return frame.assign(result=np.where(won, "win", "loss"))


def test_voids_and_open_bets_are_not_results():
    """A void counted as a bet without profit pulls every return to zero."""
    frame = recommendations(4).assign(result=["win", "void", None, "loss"])
    assert settled_sides(frame)["unit_return"].tolist() == [1.0, -1.0]


def test_each_threshold_holds_the_bets_above_it():
    """Cumulative thresholds: the row of 2% contains the bets of 5%."""
    sides = settled_sides(recommendations())
    table = results_by_threshold(sides, (), (0.0, 0.05))
    assert table["bets"].tolist() == [(sides["expected_value"] >= t).sum() for t in (0.0, 0.05)]
    by_market = results_by_threshold(sides, ("market_type",), (0.0,))
    assert by_market["bets"].sum() == table["bets"].iloc[0]
    assert by_market["market_type"].tolist() == ["moneyline", "total"]
    assert results_by_threshold(sides, ("season",), (9.0,)).empty


def test_an_overconfident_model_falls_below_the_diagonal():
    """Claimed 6%, kept 3%: the picture that says shrink."""
    table = value_calibration(settled_sides(recommendations()), 5)
    assert table["bets"].sum() == 4000
    assert table["claimed"].is_monotonic_increasing
    assert table["clv"].to_numpy() == pytest.approx(table["claimed"].to_numpy() / 2)


def test_profit_rises_one_for_one_with_true_closing_line_value():
    """The regression that makes CLV the measure."""
    found = profit_on_closing_line_value(settled_sides(recommendations(40_000)))
    assert abs(found["slope"] - 1) < 2.5 * found["slope_se"]
    assert found["sides"] == 40_000
