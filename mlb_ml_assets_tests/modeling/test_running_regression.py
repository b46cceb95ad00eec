"""What baseball makes of a close: the regression that learns as closes enter.

Belongs here: its arithmetic, what a month may know, its state.
Not here: what teams and starters add (test_market_memory.py).
"""

import json

import numpy as np
import pytest

from mlb_ml_assets.modeling.running_regression import Regression, RunningRegression

RANDOM = np.random.default_rng(4)
COLUMNS = RANDOM.normal([0.0, 5.0, -2.0], 1.0, (600, 3))
TARGET = 0.2 + COLUMNS @ [0.4, -0.1, 0.0] + RANDOM.normal(0, 0.1, 600)


def regression(penalty: float = 1.0) -> RunningRegression:
    """A regression of three columns, the first worth .3 before any close."""
    return RunningRegression(Regression(np.full(3, penalty), np.array([0.3, 0.0, 0.0]), 0.1))


def test_it_equals_ridge_on_everything_entered():
    """Sums kept over ten seasons must give the same coefficients as a fit on all rows at once."""
    running = regression()
    for part in range(6):
        running.enter_month(part + 1)
        running.absorb(COLUMNS[part * 100 : part * 100 + 100], TARGET[part * 100 : part * 100 + 100], 2016)
    running.enter_month(7)
    centered = COLUMNS - COLUMNS.mean(axis=0)
    held = np.diag(centered.var(axis=0))
    prior = np.array([0.3, 0.0, 0.0])
    pull = centered.T @ (TARGET - TARGET.mean()) - centered.T @ centered @ prior
    np.testing.assert_allclose(running.coef, prior + np.linalg.solve(centered.T @ centered + held, pull), rtol=1e-9)


def test_a_month_is_not_explained_by_its_own_closes():
    """A game whose own close is in the fit would be explained by it: nothing left for teams and starters."""
    running = regression()
    running.enter_month(10)
    before = running.expect(COLUMNS[:5])
    running.absorb(COLUMNS, TARGET, 2016)
    running.enter_month(10)
    np.testing.assert_array_equal(running.expect(COLUMNS[:5]), before)
    running.enter_month(11)
    assert not np.allclose(running.expect(COLUMNS[:5]), before)


def test_a_winter_takes_weight_from_old_closes():
    """Prices of eight years ago must not outweigh last season's."""
    running = regression(0.0)
    running.absorb(COLUMNS, TARGET, 2010)
    running.absorb(COLUMNS, TARGET + COLUMNS[:, 0], 2018)
    running.enter_month(1)
    share = 1.0 / (1.0 + np.exp(-8 / 5.0))
    assert running.coef[0] == pytest.approx(0.4 + share, abs=0.02)


def test_a_missing_value_counts_as_the_mean_and_a_missing_row_as_nothing():
    """A total of ages is 50, not 0: a missing one taken for zero would move a price by runs."""
    running = regression()
    running.absorb(COLUMNS, TARGET, 2016)
    running.enter_month(1)
    asked = COLUMNS[:2].copy()
    asked[0, 1] = np.nan
    asked[1] = np.nan
    filled = COLUMNS[:1].copy()
    filled[0, 1] = COLUMNS[:, 1].mean()
    expected = running.expect(asked)
    assert expected[0] == pytest.approx(running.expect(filled)[0])
    assert np.isnan(expected[1])


def test_its_state_survives_as_json():
    """A live slate starts from the stored state; anything lost there would price it differently from a backfill."""
    running = regression()
    running.absorb(COLUMNS[:300], TARGET[:300], 2016)
    running.enter_month(4)
    again = regression()
    again.restore(json.loads(json.dumps(running.to_dict())))
    for each in (running, again):
        each.absorb(COLUMNS[300:], TARGET[300:], 2017)
        each.enter_month(5)
    np.testing.assert_array_equal(again.expect(COLUMNS[:9]), running.expect(COLUMNS[:9]))
