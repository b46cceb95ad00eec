"""Promises of expected value and single Kelly stakes.

Belongs here: known answers and properties with and without a push.
Not here: slates.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlb_ml_assets.betting.expected_value import ImpossibleOutcome, Outcomes, decimal_for_value, expected_value
from mlb_ml_assets.betting.kelly import (
    growth_single,
    kelly_single,
    mean_variance_stakes,
    uncertainty_factor,
)
from mlb_ml_assets.pricing.odds import american_to_decimal

# win, American price, EV per unit, Kelly fraction.
SINGLE = [
    (0.6, -110, 0.1454545454545455, 0.16),
    (0.4, -110, -0.23636363636363633, 0.0),
    (0.35, 400, 0.75, 0.1875),
    (0.85, -500, 0.02, 0.10),
    (0.55, 100, 0.10, 0.10),
    (0.5, 120, 0.10, 0.0833333333333334),
    (0.58, -120, 0.06333333333333324, 0.076),
    (0.45, 135, 0.0575, 0.04259259259259267),
    (0.99, 100, 0.98, 0.98),
    (0.3, 250, 0.05, 0.02),
]
# win, push, decimal price, EV per unit, Kelly fraction.
PUSH = [
    (0.48, 0.08, 1.9523809523809523, 0.01714285714285707, 0.01956521739130427),
    (0.50, 0.05, 1.9090909090909092, 0.004545454545454575, 0.005263157894736876),
    (0.47, 0.10, 2.0, 0.04, 0.04444444444444436),
    (0.52, 0.0, 1.9523809523809523, 0.015238095238095273, 0.016),
    (0.45, 0.10, 1.9090909090909092, -0.04090909090909095, 0.0),
]


@pytest.mark.parametrize(("win", "price", "value", "stake"), SINGLE)
def test_known_stakes_without_a_push(win, price, value, stake):
    """A decimal price rounded to two places turns 16.00% into 16.04%."""
    outcomes, decimal = Outcomes.of(win), american_to_decimal(price)
    assert expected_value(outcomes, decimal) == pytest.approx(value, abs=1e-12)
    assert kelly_single(outcomes, decimal) == pytest.approx(stake, abs=1e-12)


@pytest.mark.parametrize(("win", "push", "decimal", "value", "stake"), PUSH)
def test_known_stakes_with_a_push(win, push, decimal, value, stake):
    """One in ten integer totals pushes: without it stakes are wrong on half of all totals."""
    outcomes = Outcomes.of(win, push)
    assert expected_value(outcomes, decimal) == pytest.approx(value, abs=1e-12)
    assert kelly_single(outcomes, decimal) == pytest.approx(stake, abs=1e-12)


@given(st.floats(0.05, 0.9), st.floats(0, 0.09), st.floats(1.05, 12))
def test_no_stake_grows_faster_than_kelly(win, push, decimal):
    """The definition itself: the closed form must be the maximum of expected log growth."""
    outcomes = Outcomes.of(win, push)
    best = kelly_single(outcomes, decimal)
    there = growth_single(outcomes, decimal, np.minimum(best, 0.999999))
    for other in (0.5 * best, min(best + 0.01, 0.999), 0.0):
        assert growth_single(outcomes, decimal, other) <= there + 1e-12


@given(st.floats(0.05, 0.95), st.floats(0, 0.3), st.floats(-0.02, 0.1))
def test_the_price_for_a_value_has_that_value(given_no_push, push, value):
    """The minimum acceptable price must be exactly where the expected value meets the threshold."""
    outcomes = Outcomes.given_no_push(given_no_push, push)
    decimal = decimal_for_value(outcomes, value)
    if decimal > 1.001:
        assert expected_value(outcomes, decimal) == pytest.approx(value, abs=1e-10)


def test_a_probability_given_no_push_is_spread_over_what_is_decided():
    """The tables store P(over | no push); used as P(over) it promises the push's share to the winner."""
    outcomes = Outcomes.given_no_push(0.5, 0.12)
    assert (float(outcomes.win), float(outcomes.push), float(outcomes.lose)) == pytest.approx((0.44, 0.12, 0.44))


@pytest.mark.parametrize(("win", "push"), [(0.7, 0.4), (-0.1, 0.0), (0.5, -0.2), (1.2, 0.0)])
def test_what_is_no_distribution_is_refused(win, push):
    """A probability above one is a bug upstream; clipped, it would be the day's largest stake."""
    with pytest.raises(ImpossibleOutcome):
        Outcomes.of(win, push)


def test_an_uncertain_edge_is_bet_less_and_no_edge_not_at_all():
    """An edge of one standard error deserves half its stake (Baker & McHale 2013)."""
    assert uncertainty_factor(0.51, 0.01, 2.0) == pytest.approx(0.5)
    assert uncertainty_factor(0.55, 0.0, 2.0) == 1
    assert uncertainty_factor(0.49, 0.01, 2.0) == 0
    assert np.isnan(uncertainty_factor(np.nan, 0.01, 2.0))


def test_mean_variance_drops_what_it_would_short_and_keeps_the_budget():
    """A sportsbook takes no short positions; scaling negative weights along gives stakes nobody can place."""
    mean = np.array([0.05, 0.04, -0.01])
    covariance = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])
    stakes = mean_variance_stakes(mean, covariance)
    assert (stakes >= 0).all()
    assert stakes[2] == 0
    assert mean_variance_stakes(mean * 100, covariance, budget=0.3).sum() == pytest.approx(0.3)
