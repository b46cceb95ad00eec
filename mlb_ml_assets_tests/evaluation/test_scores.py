"""Scores against published and exact answers; intervals, alarms and canaries that must ring.

Belongs here: scores.py, calibration.py, alarms.py, bets.py, verdict.py on small numbers.
Not here: real seasons (test_real_seasons.py).
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.evaluation import scores
from mlb_ml_assets.evaluation.alarms import too_good_totals, too_good_wins
from mlb_ml_assets.evaluation.bets import bets_at_decision, placebo_sides, results_by_threshold, summarize_bets
from mlb_ml_assets.evaluation.clustered import Estimate, calibration_line, clustered_mean, paired
from mlb_ml_assets.evaluation.pictures import save_verdict_figure
from mlb_ml_assets.evaluation.scores import log_loss
from mlb_ml_assets.evaluation.verdict import verdict
from mlb_ml_assets.modeling.calibration import LogitCalibrator, conformal_quantile, shrunk_line
from mlb_ml_assets.modeling.linear import LogisticRegression, PoissonRegression, RidgeRegression
from mlb_ml_assets.modeling.walk_forward import walk_forward
from mlb_ml_assets_tests.canaries import delayed_result_smoothness, permuted_labels, shuffled_features
from mlb_ml_assets_tests.modeling.league import SMALL, training_frame


@cache
def league_frame():
    """One league for the file; nobody changes it. Not made at import: every worker imports every file."""
    return training_frame()


@cache
def league_replay():
    return walk_forward(league_frame(), SMALL, "season", first_season=2016)


def test_the_published_toy_scores():
    """betting_methods 4.5: Brier .265, log loss .72969281; a Brier in 0..2 or bits fails here."""
    p, y = np.array([0.6, 0.4, 0.7, 0.5]), np.array([1.0, 0.0, 0.0, 1.0])
    assert scores.brier(p, y).mean() == pytest.approx(0.265)
    assert log_loss(p, y).mean() == pytest.approx(0.72969281)


def test_crps_of_certainty_is_the_distance():
    """A CRPS that starts its sum one run late is off by a constant."""
    pmf = np.zeros((2, 12))
    pmf[:, 8] = 1.0
    np.testing.assert_allclose(scores.crps(pmf, np.array([8, 5])), [0.0, 3.0])


def test_auc_counts_ties_half():
    """Equal forecasts carry no order."""
    assert scores.auc(np.array([0.3, 0.5, 0.5, 0.9]), np.array([0.0, 0.0, 1.0, 1.0])) == pytest.approx(0.875)
    assert np.isnan(scores.auc(np.array([0.3, 0.5]), np.array([1.0, 1.0])))


def test_errors_clustered_by_day_grow_with_what_days_share():
    """Fifteen games of one day that share a surprise are not fifteen games."""
    days = np.repeat(np.arange("2018-04-01", "2018-05-31", dtype="datetime64[D]"), 15)
    shared = np.repeat(np.random.default_rng(1).normal(size=60), 15)
    alone = np.random.default_rng(2).normal(size=900)
    together = clustered_mean(shared, days)
    assert together.se == pytest.approx(shared.std() / np.sqrt(60), rel=0.1)
    assert clustered_mean(alone, days).se == pytest.approx(alone.std() / np.sqrt(900), rel=0.25)


def test_games_needed_matches_the_table():
    """numbers.md 3.9: a difference of .002 at a paired deviation of .06 takes 7,055 games."""
    estimate = Estimate(0.002, 0.06 / np.sqrt(2000), 2000, 150)
    assert estimate.needed == pytest.approx(7055, abs=10)


def test_calibration_finds_an_overconfident_forecast():
    """A slope read as its inverse would praise it."""
    random = np.random.default_rng(3)
    logit = random.normal(0, 0.5, 40000)
    y = (random.random(40000) < 1 / (1 + np.exp(-logit))).astype(float)
    found = calibration_line(1 / (1 + np.exp(-2.0 * logit)), y, np.arange(len(y)))
    assert found.slope == pytest.approx(0.5, abs=3 * found.slope_se)
    calibrated = LogitCalibrator().fit(2.0 * logit, y)
    assert calibrated.slope_ == pytest.approx(found.slope, abs=1e-6)
    assert LogitCalibrator(prior_games=1e9).fit(2.0 * logit, y).slope_ == pytest.approx(1.0, abs=1e-3)


def test_the_conformal_rank_is_the_finite_sample_one():
    """The plain quantile covers too little in small samples."""
    assert conformal_quantile(np.arange(1.0, 20.0), 0.90) == 18.0
    assert np.isnan(conformal_quantile(np.array([np.nan]), 0.9))
    recent = np.where(np.arange(19) < 10, 1.0, 1e-9)
    assert conformal_quantile(np.arange(1.0, 20.0), 0.80, recent) == pytest.approx(9.0)


def test_a_prior_keeps_a_short_line_straight():
    """Two hundred games of a strange April must not turn numbers into runs."""
    x, y = np.array([8.0, 9.0, 10.0]), np.array([14.0, 3.0, 1.0])
    intercept, slope = shrunk_line(x, y, (0.455, 0.998), 2000.0)
    assert slope == pytest.approx(0.998, abs=0.01)
    assert intercept == pytest.approx(0.455, abs=0.1)


@pytest.mark.parametrize("weighted", [False, True])
def test_estimators_agree_with_scikit_learn(weighted: bool):
    """A penalty on the wrong scale is a thousandth of a nat that nobody sees."""
    linear_model = pytest.importorskip("sklearn.linear_model")
    random = np.random.default_rng(4)
    raw = random.normal(2.0, 3.0, (600, 5))
    weights = random.uniform(0.2, 1.0, 600) if weighted else np.ones(600)
    y = (random.random(600) < 1 / (1 + np.exp(-0.2 * raw[:, 0]))).astype(float)
    mine = LogisticRegression(50.0).fit(raw, y, weights)
    standard = mine.standardizer_.transform(raw)
    theirs = linear_model.LogisticRegression(C=1 / 50.0, tol=1e-10, max_iter=500).fit(standard, y, weights)
    np.testing.assert_allclose(mine.coef_, theirs.coef_[0], atol=1e-5)
    np.testing.assert_allclose(mine.predict_proba(raw), theirs.predict_proba(standard), atol=1e-5)
    target = raw[:, 1] + random.normal(size=600)
    ridge = RidgeRegression(30.0).fit(raw, target, weights)
    expected = linear_model.Ridge(alpha=30.0).fit(standard, target, weights)
    np.testing.assert_allclose(ridge.predict(raw), expected.predict(standard), atol=1e-8)
    counts = random.poisson(np.exp(0.1 * raw[:, 2]))
    poisson = PoissonRegression(0.3 * weights.sum()).fit(raw, counts, weights)
    glm = linear_model.PoissonRegressor(alpha=0.3, tol=1e-10, max_iter=500).fit(standard, counts, weights)
    np.testing.assert_allclose(poisson.predict(raw), glm.predict(standard), rtol=1e-4)


@pytest.mark.parametrize("estimator", [RidgeRegression, LogisticRegression, PoissonRegression])
def test_columns_that_are_never_known_or_constant_leave_a_fit_as_it_is(estimator):
    """A fit goes through the other columns alone: a shifted coefficient would price a feature with another's weight."""
    rng = np.random.default_rng(7)
    raw, y = rng.normal(size=(2500, 4)), rng.integers(0, 2, 2500).astype(float)
    raw[:1200, 2] = np.nan
    penalty, bounds = np.array([3.0, 5.0, 7.0, 9.0]), np.array([5.0, 1.0, 5.0, 2.0])
    alone = estimator(penalty, max_abs_z=bounds).fit(raw, y)
    places = [0, 2, 4, 6]
    among, wide, limits = np.full((2500, 7), np.nan), np.ones(7), np.ones(7)
    among[:, places], wide[places], limits[places] = raw, penalty, bounds
    among[:, 3] = 8.5
    fitted = estimator(wide, max_abs_z=limits).fit(among, y)
    assert fitted.coef_[places] == pytest.approx(alone.coef_, abs=1e-12)
    assert fitted.intercept_ == pytest.approx(alone.intercept_, abs=1e-12)
    assert (fitted.coef_[[1, 3, 5]] == 0).all()
    assert fitted.decision_function(among) == pytest.approx(alone.decision_function(raw), abs=1e-9)


def test_missing_and_far_values_do_not_price_a_game():
    """A temperature typed as 720 moves a total by fifty runs without a bound; a missing one is the mean."""
    random = np.random.default_rng(5)
    raw = random.normal(size=(300, 2))
    ridge = RidgeRegression(1.0).fit(raw, raw[:, 0])
    mean = ridge.predict(np.array([[np.nan, 0.0]]))
    assert mean[0] == pytest.approx(float(raw[:, 0].mean()), abs=0.05)
    assert ridge.predict(np.array([[1e6, 0.0]]))[0] < 6.0


def test_alarms_ring_for_a_forecaster_that_knows_results():
    """numbers.md 3.6: the current game inside a season average reads .617 and .664; so do in-play closes."""
    random = np.random.default_rng(6)
    logit = random.normal(0.15, 0.35, 2430)
    won = (random.random(2430) < 1 / (1 + np.exp(-logit))).astype(float)
    honest = 1 / (1 + np.exp(-logit))
    peeking = 1 / (1 + np.exp(-(logit + 0.8 * (won - 0.5))))
    season = np.full(2430, 2018)
    assert too_good_wins({"close": honest}, won, season) == []
    rung = too_good_wins({"model": peeking, "close": honest}, won, season)
    assert {alarm.series for alarm in rung} == {"model"}
    assert {"log_loss", "auc"} <= {alarm.measure for alarm in rung}
    runs = random.negative_binomial(7.8, 7.8 / 16.6, 2430).astype(float)
    in_play = {alarm.measure for alarm in too_good_totals({"close": runs + random.normal(0, 2.0, 2430)}, runs, season)}
    assert in_play == {"rmse", "median_absolute_error"}
    assert too_good_totals({"close": np.full(2430, 8.8)}, runs, season) == []


def test_delayed_results_must_change_the_score_smoothly():
    """Same-day results show as a cliff between seeing them at once and a day late."""
    study = {0: 0.67611, 1: 0.67615, 2: 0.67636, 8: 0.67665}
    assert delayed_result_smoothness(study.__getitem__).smooth
    leaking = {**study, 0: 0.6553}
    found = delayed_result_smoothness(leaking.__getitem__)
    assert not found.smooth
    assert found.largest_step == pytest.approx(0.02085)


def test_permuted_labels_leave_no_skill():
    """If a model scores on dealt-out results, it reads them from somewhere else."""
    dealt = permuted_labels(league_frame(), seed=11)
    assert dealt.groupby("season").home_win.mean().equals(league_frame().groupby("season").home_win.mean())
    assert (dealt.groupby("game_id").home_win.nunique() == 1).all()
    replay = walk_forward(dealt, SMALL, "season", first_season=2016)
    opening = replay[replay.stage == "open"]
    skill = log_loss(np.full(len(opening), opening.home_win.mean()), opening.home_win.to_numpy())
    loss = log_loss(opening.blind_home_ml.to_numpy(), opening.home_win.to_numpy())
    assert paired(loss, skill, opening.game_date.to_numpy()).mean > -0.002
    assert scores.auc(opening.blind_home_ml.to_numpy(), opening.home_win.to_numpy()) < 0.54


def test_shuffled_features_lose_the_blind_models_skill():
    """The blind model's skill must come from its features and nothing else."""
    names = ["home_starter_fip_150", "away_starter_fip_150", "home_batting_160", "away_batting_160"]
    shuffled = shuffled_features(league_frame(), names, seed=12)
    assert not shuffled[names].equals(league_frame()[names])
    replay = walk_forward(shuffled, SMALL, "season", first_season=2016)
    opening = replay[replay.stage == "open"]
    before = league_replay()[league_replay().stage == "open"]
    assert scores.auc(before.blind_home_ml.to_numpy(), before.home_win.to_numpy()) > 0.54
    assert scores.auc(opening.blind_home_ml.to_numpy(), opening.home_win.to_numpy()) < 0.53


def test_the_placebo_loses_the_margin():
    """A harness in which a coin beats the close hands out closing prices."""
    rows = league_replay()[league_replay().stage == "open"]
    bets = bets_at_decision(rows, "moneyline")
    assert len(bets) == 2 * len(rows)
    drawn = summarize_bets(placebo_sides(bets))
    assert drawn.n == len(rows)
    assert -0.06 < drawn.clv.mean < -0.02
    assert results_by_threshold(bets, by=())["clv"].iloc[0] > 0


def test_a_pushed_total_returns_the_stake():
    """A push counted as a loss turns a tenth of all totals into losses."""
    row = league_replay()[(league_replay().stage == "open")].iloc[[0]].copy()
    row["market_total_line"] = row.home_score + row.away_score
    bets = bets_at_decision(row, "total")
    assert (bets.unit_return == 0.0).all()


def test_the_verdict_has_the_agreed_layout_and_is_plain_json():
    """The command's readers look up paired keys by name; NaN is not JSON."""
    rows = league_replay()
    rival = rows.drop_duplicates("game_id").iloc[::2]
    stated = pd.DataFrame({"forecaster": "538", "game_id": rival.game_id, "made_at": rival.as_of.min()})
    nothing = dict.fromkeys(("over", "total_line", "cover", "spread_line"), np.nan)
    found = verdict(rows, stated.assign(home_win=rival.blind_home_ml, **nothing))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert set(found["markets"]) == {"moneyline", "total", "spread"}
    for stage in ("open", "lineup"):
        moneyline = found["markets"]["moneyline"][stage]
        assert {"n", "log_loss", "brier", "auc", "paired", "no_doubleheaders", "calibration"} <= set(moneyline)
        assert {"anchor_weight", "move_r2", "bets", "placebo", "games_needed", "alarms"} <= set(moneyline)
        assert {"anchored-open", "anchored-close", "blind-538", "538-close", "memory-open"} <= set(moneyline["paired"])
        assert {"blind-538", "538-close"} <= set(moneyline["no_doubleheaders"]["paired"])
        assert moneyline["paired"]["blind-538"]["n"] < moneyline["n"]
        assert moneyline["no_doubleheaders"]["n"] < moneyline["n"]
        assert {"crps", "log_loss", "paired", "bets"} <= set(found["markets"]["total"][stage])
        spread = found["markets"]["spread"][stage]["paired"]
        assert "anchored-close" in spread
        assert not any(key.endswith("-open") for key in spread)
    assert found["markets"]["moneyline"]["open"]["paired"]["anchored-open"]["mean"] < 0


def test_the_picture_is_drawn(tmp_path: Path):
    """A replay without decision odds (or of one stage) must still give its picture."""
    save_verdict_figure(league_replay(), tmp_path / "verdict.png")
    bare = league_replay()[league_replay().stage == "lineup"].drop(columns=["market_home_odds"])
    save_verdict_figure(bare, tmp_path / "bare.png")
    assert (tmp_path / "verdict.png").stat().st_size > 20000
