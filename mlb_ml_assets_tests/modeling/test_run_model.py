"""Calibration of expected runs and overs on seasons that a model had not seen.

Belongs here: the level of the last weeks, how far an over made without a price is believed.
Not here: the joint distribution (test_run_distribution.py), prices at a line (test_line_prices.py).
"""

from dataclasses import replace

import numpy as np
import pytest

from mlb_ml_assets.modeling.config import RunConfig
from mlb_ml_assets.modeling.run_model import RunModel

RANDOM = np.random.default_rng(8)
GAMES = 12_000
SHARE = np.ones(GAMES)
LINE = np.round(RANDOM.normal(8.5, 0.9, GAMES) * 2) / 2


def test_runs_that_jump_are_followed_within_weeks():
    """In 2019 a new ball added half a run a game; a level of ten seasons would have missed it until the next year."""
    blind = RANDOM.normal(8.8, 0.8, GAMES)
    days_ago = np.linspace(2000.0, 0.0, GAMES)
    runs = blind + RANDOM.normal(0, 0.5, GAMES) + np.where(days_ago < 120.0, 1.5, 0.0)
    nan = np.full(GAMES, np.nan)
    followed = RunModel(RunConfig(level_games=100.0)).fit_numbers(nan, blind, runs, SHARE, days_ago)
    steady = RunModel(RunConfig(level_games=1e9)).fit_numbers(nan, blind, runs, SHARE, days_ago)
    asked = np.array([8.8])
    assert followed.mean_from_blind(asked, np.ones(1))[0] > 9.5
    assert steady.mean_from_blind(asked, np.ones(1))[0] < 9.2


def test_an_over_is_believed_as_far_as_it_was_right():
    """Where a line knows more than the forecast, their difference is mostly the forecast's error: shown raw, an over of
    60% came in half as far above 50%."""
    signal, error = RANDOM.normal(0, 0.5, GAMES), RANDOM.normal(0, 0.5, GAMES)
    model = RunModel(replace(RunConfig(), slope_prior_games=1.0))
    mean = model.mean_from_number(LINE, SHARE) + signal + error
    runs = np.where(RANDOM.random(GAMES) < 1 / (1 + np.exp(-0.36 * signal)), LINE + 1, LINE - 1)
    model.fit_over_slopes({"blind": mean, "memory": mean - error}, LINE, runs, SHARE)
    assert model.over_slopes_["blind"] == pytest.approx(0.5, abs=0.12)
    assert model.over_slopes_["memory"] == pytest.approx(1.0, abs=0.2)
    assert model.believed_over("blind", np.array([0.6]))[0] < model.believed_over("memory", np.array([0.6]))[0]


def test_the_calibration_of_overs_is_saved_with_the_model():
    """A loaded model that believes its overs raw would price other than the one that was scored."""
    model = RunModel(RunConfig())
    model.over_slopes_["memory"] = 0.7
    again = RunModel(RunConfig()).load_arrays(model.arrays())
    np.testing.assert_array_equal(again.believed_over("memory", LINE / 20), model.believed_over("memory", LINE / 20))
