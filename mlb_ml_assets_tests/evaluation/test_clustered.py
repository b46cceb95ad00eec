"""Promises of the cluster-robust statistics.

Belongs here: known answers, coverage, and the power table.
Not here: what is measured with them.
"""

import numpy as np
import pytest

from mlb_ml_assets.domain.logit import expit, logit
from mlb_ml_assets.evaluation.clustered import Estimate, calibration_line, clustered_line, clustered_mean


def test_without_dependence_the_error_is_the_ordinary_one():
    """A clustered error that is wrong for independent games is wrong for all."""
    values = np.random.default_rng(0).normal(0.3, 2.0, 500)
    found = clustered_mean(values, np.arange(500))
    assert found.mean == pytest.approx(values.mean())
    assert found.se == pytest.approx(values.std(ddof=1) / np.sqrt(500), rel=1e-9)


def test_games_of_a_day_that_move_together_count_as_one():
    """Ten copies of each game look like ten times the evidence."""
    values = np.random.default_rng(1).normal(size=100)
    days = np.arange(100)
    once, copied = clustered_mean(values, days), clustered_mean(np.repeat(values, 10), np.repeat(days, 10))
    assert copied.se == pytest.approx(once.se, rel=1e-9)
    line, copies = (clustered_line(np.repeat(values, k), np.repeat(values**2, k), np.repeat(days, k)) for k in (1, 10))
    assert copies.slope_se == pytest.approx(line.slope_se, rel=1e-9)


def test_unknowns_are_left_out_and_too_little_gives_no_error():
    """A standard error of zero would make every single game significant."""
    assert clustered_mean([1.0, np.nan, 3.0], ["a", "b", "b"]).n == 2
    assert np.isnan(clustered_mean([1.0, 2.0], ["a", "a"]).se)
    assert np.isnan(clustered_mean([], []).mean)
    assert np.isnan(clustered_mean([1.0, 2.0], ["a", "a"]).p_value)
    assert np.isnan(clustered_line([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], [1, 2, 3]).slope)


def test_nominal_errors_are_the_real_ones():
    """A 95% interval that holds in 80% of cases turns noise into verdicts."""
    rng, covered = np.random.default_rng(2), 0
    for _ in range(300):
        days = np.repeat(np.arange(60), 8)
        values = rng.normal(size=60)[days] * 0.5 + rng.normal(size=480)
        found = clustered_mean(values, days)
        covered += abs(found.mean) < 2.0 * found.se
    assert 270 <= covered <= 297


def test_calibration_finds_slope_and_intercept():
    """An overconfident forecast has a slope below 1: here the logits are stretched by 1/.7."""
    rng = np.random.default_rng(3)
    truth = rng.normal(0.15, 0.6, 20_000)
    outcome = rng.random(20_000) < expit(truth)
    line = calibration_line(expit(truth / 0.7 + 0.1), outcome, np.arange(20_000))
    assert abs(line.slope - 0.7) < 3 * line.slope_se
    assert abs(line.intercept + 0.07) < 3 * line.intercept_se
    assert line.slope_se == pytest.approx(0.017, abs=0.004)


def test_what_cannot_be_calibrated_gives_no_number():
    """Ten games, or ten favorites that all won, have no slope."""
    assert np.isnan(calibration_line([0.6] * 10, [1] * 10, range(10)).slope)
    assert np.isnan(calibration_line(np.linspace(0.1, 0.9, 40), np.linspace(0, 1, 40) > 0.5, range(40)).slope)


@pytest.mark.parametrize(
    ("difference", "deviation", "needed"), [(0.002, 0.06, 7055), (0.001, 0.03, 7055), (0.002, 0.03, 1763)]
)
def test_the_power_table_is_reproduced(difference, deviation, needed):
    """One season cannot prove a market-blind model; a reader of a verdict must see how far it is."""
    found = Estimate(difference, deviation / np.sqrt(2430), 2430, 180)
    assert found.needed == pytest.approx(needed, rel=2e-3)
    assert Estimate(0.0, 0.001, 100, 10).needed is None
    assert Estimate(0.01, float("nan"), 100, 1).needed is None


def test_logit_and_its_inverse_hold_at_both_ends():
    """1 / (1 + exp(-x)) overflows at -800 and gives 0 where it should give a very small number."""
    assert expit(np.array([-800.0, 0.0, 800.0])).tolist() == [0.0, 0.5, 1.0]
    p = np.array([1e-9, 0.3, 1 - 1e-9])
    assert expit(logit(p)) == pytest.approx(p, rel=1e-9)
    assert np.isfinite(logit([0.0, 1.0], clip=1e-6)).all()
    with pytest.raises(ValueError, match="no finite logit"):
        logit([0.5, 1.0])
    with pytest.raises(ValueError, match="no finite logit"):
        logit([1.2], clip=1e-6)
