"""Promises of performance: every number recomputed by hand, widths and CHECKs held, unknown as None.

Belongs here: columns of curated.ml_model_performance and curated.market_comparison.
Not here: database writes.
"""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlb_ml_assets.domain.markets import MONEYLINE, TOTAL
from mlb_ml_assets.evaluation.bets import settled_sides
from mlb_ml_assets.evaluation.market_comparison import compare
from mlb_ml_assets.evaluation.performance import performance_columns
from mlb_ml_assets.evaluation.scores import auc, log_loss

WIDTHS = {
    "accuracy": 1, "precision_score": 1, "recall_score": 1, "f1_score": 1, "roc_auc": 1, "log_loss": 99, "hit_rate": 1,
    "roi_percentage": 9999.99, "sharpe_ratio": 999.999, "sortino_ratio": 999.999, "max_drawdown_pct": 999.99,
    "kelly_theoretical_roi": 999.99, "kelly_actual_roi": 999.99, "kelly_sizing_effectiveness": 1,
    "average_bet_size": 999.99, "average_closing_line_value": 9999.99, "positive_clv_rate": 1,
    "average_hold_percentage": 99.99, "confidence_accuracy_correlation": 1, "overconfidence_bias": 1,
    "benchmark_accuracy": 1, "benchmark_roi": 999.99, "statistical_significance": 1,
}  # fmt: skip


def games(probability, outcome, market=None, close=None, first_day="2018-04-01"):
    count = len(probability)
    frame = pd.DataFrame(
        {
            "game_id": range(count),
            "game_date": pd.date_range(first_day, periods=count, freq="D"),
            "probability": probability,
            "outcome": np.array(outcome, dtype=float),
        }
    )
    if market is not None:
        frame["market_probability"] = market
    if close is not None:
        frame["close_probability"] = close
    return frame


def bets(rows):
    columns = ["game_id", "side", "stake", "decimal_odds", "result", "expected_value", "clv_expected_value"]
    frame = pd.DataFrame(rows, columns=columns)
    net = {"win": frame["decimal_odds"] - 1, "loss": -1.0, "push": 0.0, "void": 0.0}
    frame["profit"] = [
        stake * (net[result].iloc[row] if result == "win" else net[result]) if result else np.nan
        for row, (stake, result) in enumerate(zip(frame["stake"], frame["result"], strict=True))
    ]
    frame["game_date"] = pd.Timestamp("2018-04-01") + pd.to_timedelta(frame["game_id"], unit="D")
    return settled_sides(frame.assign(kelly_slate=0.04, market_probability=0.5, overround=0.04))


NO_BETS = bets([])


def test_the_toy_scores_of_the_reference():
    """p = .6 .4 .7 .5 against 1 0 0 1: log loss .72969281, by hand."""
    row = performance_columns(games([0.6, 0.4, 0.7, 0.5], [1, 0, 0, 1]), NO_BETS, MONEYLINE)
    assert row["log_loss"] == 0.729693
    assert row["accuracy"] == 0.75
    assert (row["precision_score"], row["recall_score"], row["f1_score"]) == (0.6667, 1.0, 0.8)
    assert row["roc_auc"] == 0.5
    assert (row["total_predictions"], row["total_games_evaluated"]) == (4, 4)


@given(st.lists(st.tuples(st.sampled_from([0.3, 0.4, 0.5, 0.6]), st.booleans()), min_size=2, max_size=30))
def test_the_area_is_the_chance_of_the_right_order(pairs):
    """Ties are half: a constant forecast has an area of .5, not of 1 or 0."""
    p, y = np.array([a for a, _ in pairs]), np.array([float(b) for _, b in pairs])
    wins = [(a > b) + 0.5 * (a == b) for a in p[y == 1] for b in p[y == 0]]
    found = auc(p, y)
    assert np.isnan(found) if not wins else found == pytest.approx(np.mean(wins))


def test_bets_are_counted_as_the_table_wants_them():
    """Pushes stand in the denominator of the hit rate, voids nowhere: the CHECK compares to the last digit."""
    rows = [
        (0, "home", 0.02, 2.5, "win", 0.05, 0.03),
        (1, "home", 0.01, 2.0, "loss", 0.03, -0.01),
        (2, "away", 0.01, 2.0, "push", 0.03, 0.02),
        (3, "away", 0.02, 2.0, "void", 0.03, np.nan),
        (4, "home", 0.0, 2.0, "win", -0.01, 0.01),
        (5, "home", 0.01, 2.0, None, 0.02, np.nan),
    ]
    row = performance_columns(games([0.6] * 6, [1, 0, np.nan, 1, 1, np.nan]), bets(rows), MONEYLINE)
    assert (row["total_bets_made"], row["winning_bets"], row["losing_bets"], row["push_bets"]) == (3, 1, 1, 1)
    assert row["hit_rate"] == Decimal("0.3333")
    assert (row["total_amount_wagered"], row["total_amount_won"]) == (400.0, 300.0)
    assert (row["net_profit_loss"], row["roi_percentage"]) == (200.0, 50.0)
    assert row["kelly_theoretical_roi"] == pytest.approx(4.0)
    assert (row["average_bet_size"], row["largest_bet_size"], row["smallest_bet_size"]) == (1.33, 2.0, 1.0)
    assert row["average_closing_line_value"] == pytest.approx(1.33)
    assert row["positive_clv_rate"] == 0.6667
    assert row["max_drawdown_amount"] == 100.0
    assert row["average_hold_percentage"] == 3.85
    assert row["total_games_evaluated"] == 4


@pytest.mark.parametrize(("won", "made", "rate"), [(1, 32, "0.0313"), (5, 160, "0.0313"), (2, 3, "0.6667")])
def test_the_hit_rate_rounds_as_the_database_does(won, made, rate):
    """Python rounds .03125 down to even, PostgreSQL up: the row would be refused."""
    rows = [(i, "home", 0.01, 2.0, "win" if i < won else "loss", 0.0, 0.0) for i in range(made)]
    assert performance_columns(games([0.6], [1]), bets(rows), MONEYLINE)["hit_rate"] == Decimal(rate)


def test_without_bets_nothing_about_bets_is_claimed():
    """A 0% return of no bets would rank above most models."""
    row = performance_columns(games([0.6, 0.4], [1, 0]), NO_BETS, MONEYLINE)
    assert row["total_bets_made"] == 0
    unknown = ("hit_rate", "roi_percentage", "sharpe_ratio", "max_drawdown_pct", "average_closing_line_value")
    assert all(row[name] is None for name in (*unknown, "benchmark_accuracy", "statistical_significance"))
    assert performance_columns(games([], []), NO_BETS, MONEYLINE) is None


def test_the_benchmark_is_the_market_on_the_same_games():
    """A favorite-picking rule on other games beats everyone in an easy month."""
    frame = games([0.6, 0.6, 0.6, 0.4], [1, 1, 0, 0], [0.4, 0.6, 0.6, 0.6], [0.6, 0.6, 0.6, np.nan])
    row = performance_columns(frame, NO_BETS, MONEYLINE)
    assert row["benchmark_accuracy"] == 0.5
    assert row["favorite_vs_underdog_accuracy"] == {
        "underdog": {"games": 2, "accuracy": 1.0},
        "favorite": {"games": 2, "accuracy": 0.5},
    }


def test_breakdowns_add_up_to_the_whole():
    """Groups that overlap or leave games out explain another model."""
    rng = np.random.default_rng(0)
    frame = games(rng.uniform(0.3, 0.7, 150), rng.integers(0, 2, 150))
    row = performance_columns(frame, NO_BETS, TOTAL)
    assert row["home_vs_away_accuracy"] == {}
    for name in (
        "over_vs_under_accuracy", "performance_by_month", "performance_by_day_of_week", "early_season_vs_late_season"
    ):  # fmt: skip
        groups = row[name].values()
        assert sum(group["games"] for group in groups) == 150
        right = sum(group["games"] * group["accuracy"] for group in groups) / 150
        assert right == pytest.approx(row["accuracy"], abs=1e-3)
    # 1 April 2018 was a Sunday.
    assert row["performance_by_day_of_week"]["Sunday"]["games"] == 22


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(0, 10_000))
def test_every_width_and_check_of_the_table_holds(count, seed):
    """One number too wide for its column costs the whole partition."""
    rng = np.random.default_rng(seed)
    frame = games(rng.uniform(0, 1, count), rng.choice([0, 1, np.nan], count), rng.uniform(0.1, 0.9, count))
    results = rng.choice(["win", "loss", "push", "void"], count)
    rows = [
        (i, "home", rng.choice([0.0, 0.25]), rng.uniform(1.01, 30), results[i], rng.normal(), rng.normal())
        for i in range(count)
    ]
    row = performance_columns(frame, bets(rows), MONEYLINE)
    for name, largest in WIDTHS.items():
        assert row[name] is None or abs(float(row[name])) <= largest, name
    made = row["total_bets_made"]
    assert made == row["winning_bets"] + row["losing_bets"] + row["push_bets"]
    assert made == 0 or abs(row["hit_rate"] - Decimal(row["winning_bets"]) / made) <= Decimal("0.00005")


def test_the_comparison_is_paired():
    """On other games than the close's, an easy week beats the market."""
    frame = games([0.9, 0.6, 0.6], [1, 0, 1], close=[np.nan, 0.55, 0.55]).rename(columns={"close_probability": "close"})
    row = compare(frame, {"anchored": "probability"}, {"close": "close", "open": "missing"})
    assert len(row) == 1
    ours, theirs = log_loss([0.6, 0.6], [0, 1]).mean(), log_loss([0.55, 0.55], [0, 1]).mean()
    assert row[0]["games"] == 2
    assert row[0]["forecaster_score"] == pytest.approx(ours)
    assert row[0]["difference"] == pytest.approx(ours - theirs)
    assert row[0]["calibration_slope"] is None
    assert row[0]["bets"] == 0
    assert row[0]["clv_mean"] is None
