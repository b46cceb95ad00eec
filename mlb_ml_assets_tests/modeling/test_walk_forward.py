"""The replay uses only what a month's model could have known.

Belongs here: cutoffs, leak proofs on a made-up league, the tuning search's own honesty.
Not here: scores on real seasons (test_real_seasons.py).
"""

from functools import cache

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.domain.time_rules import PRICE_HOURS
from mlb_ml_assets.evaluation.tuning import search, varied
from mlb_ml_assets.features.stamped_prices import CLOSE_HOURS, stamped_column
from mlb_ml_assets.modeling.config import UnknownSetting
from mlb_ml_assets.modeling.game_model import GameModel
from mlb_ml_assets.modeling.out_of_fold import Fold, SeasonModels
from mlb_ml_assets.modeling.walk_forward import KeptFolds, Trainer, cutoff_of, refits, walk_forward
from mlb_ml_assets_tests.modeling.league import SMALL, training_frame


@cache
def league_frame():
    """One league for the file; nobody changes it. Not made at import: every worker imports every file."""
    return training_frame()


@cache
def league_replay():
    return walk_forward(league_frame(), SMALL, "month", first_season=2016)


@cache
def made():
    return [
        name for name in league_replay().columns if name.startswith(("blind_", "memory_", "anchored_", "expected_"))
    ]


def test_the_cutoff_is_noon_eastern_two_days_before_the_month():
    """An opening price of the first is made on the last; its model must exist by then, in March (DST) as in May."""
    assert cutoff_of(pd.Timestamp("2016-05-01")) == pd.Timestamp("2016-04-29 16:00", tz="UTC")
    assert cutoff_of(pd.Timestamp("2016-03-01")) == pd.Timestamp("2016-02-28 17:00", tz="UTC")


def test_each_row_is_served_by_the_newest_model_that_existed():
    """The open of May 1st falls on April 30th noon: May's model (cutoff April 29th) is the newest, not April's."""
    for refit in refits(league_frame(), "month", 2016):
        assert (league_frame().as_of[refit.serving] >= refit.cutoff).all()
        known = (league_frame().game_date[refit.training] + pd.Timedelta(hours=30)).dt.tz_localize("America/New_York")
        assert (known <= refit.cutoff).all()
    served = sum(refit.serving.astype(int) for refit in refits(league_frame(), "month", 2016))
    assert served.max() == 1
    assert set(np.unique(served[(league_frame().season >= 2016).to_numpy()])) == {1}


def test_what_happens_after_a_cutoff_changes_nothing_before_it():
    """Shuffle the future: one digit moved in the past is a leak."""
    cutoff = cutoff_of(pd.Timestamp("2017-07-01"))
    later = (league_frame().game_date + pd.Timedelta(hours=30)).dt.tz_localize("America/New_York") > cutoff
    changed = league_frame().copy()
    # Closes teach the blind models, too.
    names = ["home_score", "away_score", "home_win", "close_home_logit", "close_total_line", "close_spread_line"]
    changed.loc[later, names] = changed.loc[later, names].sample(frac=1.0, random_state=8).to_numpy()
    again = walk_forward(changed, SMALL, "month", first_season=2016)
    until = cutoff_of(pd.Timestamp("2017-08-01"))
    before = (league_replay().as_of < until).to_numpy()
    # A cover probability is about the game's own closing run line, which is shuffled for the games of July.
    names = [name for name in made() if not name.endswith("_close_spread")]
    pd.testing.assert_frame_equal(again.loc[before, names], league_replay().loc[before, names], check_exact=True)
    assert not again[made()].equals(league_replay()[made()])


def stamped_league(seed=11):
    """The league with the prices of a log of changes in 2016 and 2017, at all hours between opening and close."""
    frame, random = league_frame().copy(), np.random.default_rng(seed)
    has_log = frame.season.isin((2016, 2017)).to_numpy()
    for hours in (CLOSE_HOURS, *PRICE_HOURS):
        left = hours / 12
        for name in ("home_logit", "total_line"):
            price = left * frame[f"market_{name}"] + (1 - left) * frame[f"close_{name}"]
            frame[stamped_column(name, hours)] = np.where(has_log, price + random.normal(0, 0.01, len(frame)), np.nan)
        frame[stamped_column("total_over_probability", hours)] = np.where(has_log, 0.5, np.nan)
    return frame


def test_a_season_of_stamped_prices_is_learnt_when_it_has_been_played():
    """A curve of the whole archive in every month's model is one more thing that nobody could have known."""
    frame = stamped_league()
    trainer, seasons = Trainer(frame, SMALL), {}
    for month in ("2016-06", "2017-04", "2018-09"):
        trainer.model_at(cutoff_of(pd.Timestamp(f"{month}-01")))
        seasons[month] = {facts["curve_season"] for facts in trainer._latest.facts.values()}
    assert seasons == {"2016-06": {None}, "2017-04": {2016}, "2018-09": {2017}}


def test_stamped_prices_after_a_cutoff_change_nothing_before_it():
    """Shift the prices of July's games by an hour's move: one digit that moves in June's model is a leak."""
    frame = stamped_league()
    cutoff = cutoff_of(pd.Timestamp("2017-07-01"))
    later = (frame.game_date + pd.Timedelta(hours=30)).dt.tz_localize("America/New_York") > cutoff
    changed, names = frame.copy(), [name for name in frame.columns if name.startswith("stamped_")]
    changed.loc[later, names] = changed.loc[later, names].sample(frac=1.0, random_state=8).to_numpy() + 0.05
    served = frame[frame.season == 2017].assign(market_hours_to_start=4.0)
    for month, is_same in (("2017-07", True), ("2017-09", False)):
        models = [Trainer(each, SMALL).model_at(cutoff_of(pd.Timestamp(f"{month}-01"))) for each in (frame, changed)]
        anchored, again = (model.predict(served).anchored_home_ml for model in models)
        assert again.equals(anchored) == is_same, month


def test_the_replay_equals_a_model_trained_by_hand():
    """Folds are computed once for the whole replay; a fold that saw too much differs from a fresh fit."""
    cutoff = cutoff_of(pd.Timestamp("2017-08-01"))
    known = (league_frame().game_date + pd.Timedelta(hours=30)).dt.tz_localize("America/New_York") <= cutoff
    fresh = GameModel(SMALL).fit(league_frame()[known])
    month = league_replay()[league_replay().model_version == "2017-08"]
    by_hand = fresh.predict(league_frame().loc[month.index])
    np.testing.assert_allclose(by_hand[MADE_BY_MODEL], month[MADE_BY_MODEL], atol=1e-6)


MADE_BY_MODEL = ["blind_home_ml", "memory_home_ml", "anchored_home_ml", "anchored_total_over", "anchored_home_spread"]


def test_months_that_share_their_folds_equal_months_fitted_alone():
    """A range of months in one run must give the models that month by month gives, in whatever order it asks."""
    frame = league_frame().assign(suspended=league_frame().game_id % 37 == 0)
    trainer = Trainer(frame, SMALL)
    served = league_frame()[league_frame().season == 2018].iloc[::23]
    for month in ("2016-08", "2018-06", "2017-05"):
        cutoff = cutoff_of(pd.Timestamp(f"{month}-01"))
        known = (frame.game_date + pd.Timedelta(hours=30)).dt.tz_localize("America/New_York") <= cutoff
        alone, shared = GameModel(SMALL).fit(frame[known]), trainer.model_at(cutoff)
        assert shared.facts == alone.facts
        expected = alone.predict(served)
        np.testing.assert_allclose(shared.predict(served)[MADE_BY_MODEL], expected[MADE_BY_MODEL], rtol=0, atol=1e-9)
    assert trainer.model_at(cutoff_of(pd.Timestamp("2015-05-01"))) is None


def kept_folds(frame, folds, recipe="r"):
    stored = {key: Fold.from_bytes(fold.digest, fold.to_bytes()) for key, fold in folds.items()}
    return KeptFolds(recipe, pd.util.hash_pandas_object(frame, index=False).to_numpy(), stored)


def test_a_training_that_keeps_folds_equals_one_that_makes_them():
    """The folds of fourteen seasons took 2 s of a month's training; a kept one that differs would move old scores."""
    frame = league_frame()
    seasons = sorted(frame.season.unique())
    earlier = frame[frame.season < seasons[-1]]
    first = Trainer(earlier, SMALL, kept_folds(earlier, {}))
    second = Trainer(frame, SMALL, kept_folds(frame, first.made_folds))
    assert set(first.made_folds) == {(stage, season) for stage in ("open", "lineup") for season in seasons[1:-1]}
    assert set(second.made_folds) == {(stage, seasons[-1]) for stage in ("open", "lineup")}
    cutoff = cutoff_of(pd.Timestamp(f"{seasons[-1]}-09-01"))
    served = frame[frame.season == seasons[-1]]
    expected = Trainer(frame, SMALL).model_at(cutoff).predict(served)
    pd.testing.assert_frame_equal(second.model_at(cutoff).predict(served), expected, check_exact=True)


def test_a_month_fits_no_season_again(monkeypatch):
    """The models of a season's fold were fitted on earlier seasons: its next month changes none of them."""
    frame = league_frame()
    season = frame.season.max()
    may = frame[(frame.season < season) | (frame.game_date < pd.Timestamp(f"{season}-05-01"))]
    first = Trainer(may, SMALL, kept_folds(may, {}))
    fitted = []
    fit = SeasonModels.fit
    monkeypatch.setattr(SeasonModels, "fit", lambda models, past, out: fitted.append(models) or fit(models, past, out))
    cutoff = cutoff_of(pd.Timestamp(f"{season}-09-01"))
    served = frame[frame.season == season]
    second = Trainer(frame, SMALL, kept_folds(frame, first.made_folds))
    assert not fitted
    assert set(second.made_folds) == {("open", season), ("lineup", season)}
    expected = Trainer(frame, SMALL).model_at(cutoff).predict(served)
    assert fitted
    pd.testing.assert_frame_equal(second.model_at(cutoff).predict(served), expected, check_exact=True)


def test_a_corrected_row_makes_every_later_fold_again():
    """A fold that survives a correction of an older season was fitted on results that are known to be wrong."""
    frame = league_frame()
    seasons = sorted(frame.season.unique())
    folds = Trainer(frame, SMALL, kept_folds(frame, {})).made_folds
    assert not Trainer(frame, SMALL, kept_folds(frame, folds)).made_folds
    assert set(Trainer(frame, SMALL, kept_folds(frame, folds, recipe="another")).made_folds) == set(folds)
    corrected = frame.copy()
    row = corrected.index[(corrected.season == seasons[-2]) & (corrected.stage == "open")][5]
    corrected.loc[row, ["home_score", "home_win"]] = [0, 0.0]
    again = Trainer(corrected, SMALL, kept_folds(corrected, folds))
    assert set(again.made_folds) == {("open", season) for season in seasons[-2:]}


def test_a_late_result_is_learnt_late():
    """A correction that arrives in autumn must not train the model of May."""
    late = league_frame().assign(
        result_known_at=(league_frame().game_date + pd.Timedelta(days=400)).dt.tz_localize("UTC")
    )
    replay = walk_forward(late, SMALL, "season", first_season=2016)
    assert replay.season.min() == 2017


def test_a_season_refit_serves_the_season_with_its_first_model():
    """Quicker replays must say which model they used."""
    replay = walk_forward(league_frame(), SMALL, "season", first_season=2017)
    assert sorted(replay.model_version.unique()) == ["2017-04", "2018-04"]
    assert len(replay) == (league_frame().season >= 2017).sum()


def test_no_model_no_prediction():
    """A first season without a year before it has no model; serving it anyway would be guessing."""
    with pytest.raises(ValueError, match="no month from 2015 on"):
        walk_forward(league_frame()[league_frame().season == 2015].head(200), SMALL, "month", first_season=2015)


def test_tuning_sees_no_season_after_its_last():
    """A search that peeks at the held-back season picks what fits it."""
    choices = {"estimators.memory_win_penalty": [20.0, 2000.0]}
    found = search(league_frame(), choices, through_season=2017, from_season=2016, base=SMALL)
    changed = league_frame().copy()
    changed.loc[changed.season == 2018, "home_win"] = 1.0
    again = search(changed, choices, through_season=2017, from_season=2016, base=SMALL)
    assert [trial.metrics for trial in found] == [trial.metrics for trial in again]
    losses = [
        np.mean([trial.metrics[f"{s}_home_ml_anchored_less_price"] for s in ("open", "lineup")]) for trial in found
    ]
    assert losses == sorted(losses)
    assert {trial.parameters["estimators.memory_win_penalty"] for trial in found} == {20.0, 2000.0}
    with pytest.raises(UnknownSetting, match=r"estimators\.nonsense"):
        list(varied(SMALL, {"estimators.nonsense": [1.0]}))
