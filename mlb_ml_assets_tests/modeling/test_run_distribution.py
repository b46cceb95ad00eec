"""The joint run distribution: rules, shares, inversion, pushes.

Belongs here: known shares of real seasons, properties of every table.
Not here: calibration learned in a model (test_game_model.py).
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlb_ml_assets.modeling.run_distribution import MAX_RUNS, RunShape, joint_pmf
from mlb_ml_assets.modeling.run_grid import EVEN, grid_for, solve, spread_probabilities, total_probabilities
from mlb_ml_assets.modeling.run_rules import RunRules, UnplayableGame, rules_for

NINE = RunRules(9, automatic_runner=False)
ALL_RULES = [NINE, RunRules(9, automatic_runner=True), RunRules(7, automatic_runner=True)]


def one(values: float) -> np.ndarray:
    return np.array([values])


@pytest.mark.parametrize("rules", ALL_RULES)
def test_every_final_score_is_counted_once_and_none_is_a_tie(rules: RunRules):
    """A tie left standing is a push that no book offers."""
    joint = joint_pmf(np.array([3.0, 4.6, 8.0]), np.array([6.0, 4.4, 2.5]), rules)
    assert joint.shape == (3, MAX_RUNS, MAX_RUNS)
    np.testing.assert_allclose(joint.sum(axis=(1, 2)), 1.0, atol=1e-12)
    assert np.abs(np.trace(joint, axis1=1, axis2=2)).max() == 0.0


def test_home_wins_by_one_more_often_than_away():
    """Without the missing bottom of the ninth and walk-offs, run lines are off by four points (numbers.md 3.4)."""
    grid = grid_for(NINE, RunShape())
    rates = solve(grid, one(0.15), one(8.75))
    margins = rates.read(grid.margin_pmf)[0]
    by_one_home = margins[EVEN + 1] / margins[EVEN + 1 :].sum()
    by_one_away = margins[EVEN - 1] / margins[:EVEN].sum()
    # Real: .322 and .248 over 28,014 games of very different sides; an even game is closer.
    assert 0.31 < by_one_home < 0.36
    assert 0.22 < by_one_away < 0.27


def test_the_automatic_runner_adds_runs_and_takes_the_home_edge():
    """Since 2020 extra innings score 2.84 runs instead of 1.88 and the home side wins fewer of them."""
    rates = np.array([4.5]), np.array([4.5])
    classic, runner = (joint_pmf(*rates, rules) for rules in ALL_RULES[:2])
    total = np.add.outer(np.arange(MAX_RUNS), np.arange(MAX_RUNS))
    home_wins = np.tril(np.ones((MAX_RUNS, MAX_RUNS)), -1)
    assert (runner * total).sum() > (classic * total).sum() + 0.05
    assert (runner * home_wins).sum() < (classic * home_wins).sum()


@pytest.mark.parametrize("rules", ALL_RULES)
def test_the_inversion_returns_what_was_asked(rules: RunRules):
    """A solver that stops early misprices the favourite it never reached."""
    grid = grid_for(rules, RunShape())
    logit = np.array([-1.5, -0.4, 0.0, 0.15, 0.9, 1.6, np.nan])
    mean = np.array([6.0, 12.0, 8.6, 7.2, 9.9, 8.0, 9.0])
    rates = solve(grid, logit, mean)
    np.testing.assert_allclose(rates.read(grid.home_logit)[:-1], logit[:-1], atol=1e-6)
    np.testing.assert_allclose(rates.read(grid.total_mean)[:-1], mean[:-1], atol=5e-3)
    assert np.isnan(rates.home[-1])
    exact = joint_pmf(rates.home[:-1], rates.away[:-1], rules)
    home = np.array([np.tril(table, -1).sum() for table in exact])
    np.testing.assert_allclose(home, 1 / (1 + np.exp(-logit[:-1])), atol=2e-4)


@given(st.floats(-1.5, 1.5), st.floats(6.0, 12.0), st.integers(5, 13))
def test_over_push_and_under_exhaust_every_line(logit: float, mean: float, number: int):
    """A push counted as half a win makes every integer total look like value."""
    grid = grid_for(NINE, RunShape())
    rates = solve(grid, one(logit), one(mean))
    whole = total_probabilities(grid, rates, one(float(number)))
    below, above = (total_probabilities(grid, rates, one(number + half)) for half in (-0.5, 0.5))
    assert below.push[0] == above.push[0] == 0.0
    over = whole.given_no_push[0] * (1 - whole.push[0])
    assert over == pytest.approx(above.given_no_push[0], abs=1e-9)
    assert over + whole.push[0] == pytest.approx(below.given_no_push[0], abs=1e-9)


@given(st.floats(-1.5, 1.5), st.floats(6.0, 12.0))
def test_run_lines_are_ordered_and_half_a_run_is_the_moneyline(logit: float, mean: float):
    """Alternate run lines read from one distribution cannot cross."""
    grid = grid_for(NINE, RunShape())
    rates = solve(grid, one(logit), one(mean))
    covers = [spread_probabilities(grid, rates, one(line)).given_no_push[0] for line in (-2.5, -1.5, -0.5, 1.5, 2.5)]
    assert covers == sorted(covers)
    assert covers[2] == pytest.approx(1 / (1 + np.exp(-logit)), abs=2e-4)
    assert spread_probabilities(grid, rates, one(-2.0)).push[0] > 0.02


def test_rules_follow_the_season():
    """The postseason has no automatic runner; a seven-inning game in 2018 is a data error, not a game."""
    assert rules_for(2019, "regular", 9) == NINE
    assert rules_for(2021, "regular", 7) == RunRules(7, automatic_runner=True)
    assert not rules_for(2022, "postseason", 9).automatic_runner
    with pytest.raises(UnplayableGame, match="scheduled_innings is 8"):
        rules_for(2020, "regular", 8)
