"""Promises of what betting would have earned.

Belongs here: grouping, thresholds, the summary of no bets, the placebo.
Not here: the statistics themselves (test_clustered.py).
"""

import numpy as np
import pandas as pd

from mlb_ml_assets.evaluation.bets import (
    placebo_sides,
    profit_on_closing_line_value,
    results_by_threshold,
    settled_sides,
    summarize_bets,
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


def test_profit_rises_one_for_one_with_true_closing_line_value():
    """The regression that makes CLV the measure."""
    found = profit_on_closing_line_value(settled_sides(recommendations(40_000)))
    assert abs(found.slope - 1) < 2.5 * found.slope_se
    assert found.n == 40_000


def test_no_bets_have_no_results():
    """An empty threshold must not claim a return of zero."""
    found = summarize_bets(settled_sides(recommendations(4)).iloc[:0]).to_dict()
    assert found["n"] == 0
    assert found["claimed_ev"] is None
    assert found["roi"] == found["clv"] == {"mean": None, "se": None, "n": 0}


def test_the_placebo_takes_one_side_of_every_priced_market():
    """Its sides must depend on nothing that any price depends on."""
    sides = pd.DataFrame(
        {"game_id": [1, 1, 2, 2, 3, 3], "side": ["home", "away", "over", "under", "home", "away"],
         "decimal_odds": [1.9, 1.9, 1.9, 1.9, np.nan, np.nan]}
    )  # fmt: skip
    assert placebo_sides(sides)["side"].tolist() == ["away", "over"]
