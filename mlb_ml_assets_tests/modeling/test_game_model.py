"""The game model as its callers see it: columns, absence, parity, files, explanations.

Belongs here: promises of GameModel on a made-up league with a known truth.
Not here: months (test_walk_forward.py), scores on real seasons (test_real_seasons.py).
"""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.modeling.anchor import INPUTS, Anchor, Moves
from mlb_ml_assets.modeling.config import AnchorConfig, ModelConfig, UnknownSetting
from mlb_ml_assets.modeling.design import StageInputs
from mlb_ml_assets.modeling.game_model import GameModel, UnreadableModel
from mlb_ml_assets.modeling.linear import NotEnoughGames
from mlb_ml_assets.modeling.out_of_fold import out_of_fold
from mlb_ml_assets_tests.modeling.league import SMALL, training_frame

FRAME = training_frame()
TRAINING = FRAME[FRAME.season < 2018]
SLATE = FRAME[FRAME.season == 2018].iloc[::7]
MODEL = GameModel(SMALL).fit(TRAINING)
PREDICTED = MODEL.predict(SLATE)
NO_MOVES = Moves(np.zeros((0, 8)), np.zeros(0), np.zeros(0), np.zeros(0))
PROBABILITIES = [
    f"{variant}_{target}"
    for variant in ("blind", "memory", "anchored")
    for target in ("home_ml", "total_over", "home_spread")
]


def test_every_probability_is_one_and_rows_keep_their_order():
    """Stages are predicted apart; put together in the wrong order, every bet is on another game."""
    assert list(PREDICTED.index) == list(SLATE.index)
    assert (PREDICTED.game_id.to_numpy() == SLATE.game_id.to_numpy()).all()
    values = PREDICTED[PROBABILITIES]
    assert values.notna().all().all()
    assert ((values > 0) & (values < 1)).all().all()


def test_a_row_alone_equals_the_row_in_a_slate():
    """What is served live must be what a backfill writes, to the last digit."""
    row = SLATE.iloc[[11]]
    pd.testing.assert_frame_equal(MODEL.predict(row), PREDICTED.iloc[[11]], check_exact=True)


def test_without_a_price_only_the_anchor_is_silent():
    """A missing price read as 0 would be an even game with a confident model."""
    unpriced = SLATE.assign(**{name: np.nan for name in SLATE.columns if name.startswith("market_")})
    made = MODEL.predict(unpriced)
    assert made[["anchored_home_ml", "anchored_total_over", "anchored_home_spread"]].isna().all().all()
    pd.testing.assert_series_equal(made.blind_home_ml, PREDICTED.blind_home_ml)
    pd.testing.assert_series_equal(made.memory_home_ml, PREDICTED.memory_home_ml)
    assert made[["expected_home_runs", "home_ml_low", "memory_home_spread"]].notna().all().all()
    assert made.total_line.isna().all()
    assert made.memory_total_over.isna().all()


def test_seasons_without_any_odds_give_the_blind_model(tmp_path):
    """A newcomer has results and no prices: a month that refuses to train there is a wall, not an answer."""
    odds = [name for name in FRAME.columns if name.startswith(("market_", "close_", "memory_"))]
    unpriced = FRAME.assign(**dict.fromkeys(odds, np.nan))
    trained = GameModel(SMALL).fit(unpriced[unpriced.season < 2018])
    made = trained.predict(unpriced.loc[SLATE.index])
    assert made.blind_home_ml.between(0, 1, inclusive="neither").all()
    assert made[[name for name in PROBABILITIES if not name.startswith("blind")]].isna().all().all()
    # Without past closes blind is the model of outcomes alone.
    outcomes = replace(SMALL, estimators=replace(SMALL.estimators, close_weight=0.0))
    np.testing.assert_allclose(
        made.blind_home_ml, GameModel(outcomes).fit(TRAINING).predict(SLATE).blind_home_ml, atol=1e-9
    )
    trained.save(tmp_path)
    pd.testing.assert_frame_equal(GameModel.load(tmp_path).predict(unpriced.loc[SLATE.index]), made)


def test_a_missing_total_does_not_silence_the_run_line():
    """One defective totals cell must not take the moneyline and the run line with it."""
    bare = SLATE.assign(market_total_line=np.nan, market_total_over_probability=np.nan)
    made = MODEL.predict(bare)
    pd.testing.assert_series_equal(made.anchored_home_ml, PREDICTED.anchored_home_ml)
    assert made.anchored_home_spread.notna().all()
    assert made.anchored_total_over.isna().all()
    np.testing.assert_allclose(made.anchored_home_spread, PREDICTED.anchored_home_spread, atol=0.03)


def test_past_closes_teach_the_blind_model():
    """Distillation that never ran would leave the number of the outcomes alone, and nobody would notice."""
    outcomes = replace(SMALL, estimators=replace(SMALL.estimators, close_weight=0.0))
    alone = GameModel(outcomes).fit(TRAINING).predict(SLATE).blind_home_ml
    assert (alone - PREDICTED.blind_home_ml).abs().max() > 1e-3


def test_the_blind_model_never_looks_at_a_price():
    """Blind is the measure of what baseball knows; a price that seeps in makes it worthless."""
    prices = [name for name in SLATE.columns if name.startswith(("market_home", "close_", "memory_"))]
    shifted = SLATE.assign(**{name: SLATE[name] + 0.3 for name in prices})
    np.testing.assert_array_equal(MODEL.predict(shifted).blind_home_ml, PREDICTED.blind_home_ml)
    priced_out = TRAINING.assign(
        **{name: np.nan for name in TRAINING.columns if name.startswith(("close_", "market_home"))}
    )
    inputs = StageInputs.of(TRAINING[TRAINING.stage == "open"], "open")
    outputs = StageInputs.of(priced_out[priced_out.stage == "open"], "open")
    np.testing.assert_array_equal(inputs.win.values, outputs.win.values)
    assert not set(inputs.win.names + inputs.home_runs.names) & set(
        TRAINING.columns[TRAINING.columns.str.contains("market|close|memory|score")]
    )


def test_no_prediction_reads_an_outcome_or_a_close():
    """The frame carries scores and closes for training; a model that reads them at prediction is the oldest leak."""
    oracle = [name for name in SLATE.columns if name.startswith("close_")] + ["home_score", "away_score", "home_win"]
    pd.testing.assert_frame_equal(MODEL.predict(SLATE.drop(columns=oracle)), PREDICTED, check_exact=True)


def test_home_spread_without_a_quoted_line_is_minus_one_and_a_half():
    """Silence about the line would let a +1.5 price meet a -1.5 probability."""
    assert set(PREDICTED.spread_line) == {-1.5}
    assert not PREDICTED.spread_line_quoted.any()
    quoted = MODEL.predict(SLATE.assign(market_spread_line=1.5))
    assert quoted.spread_line_quoted.all()
    assert (quoted.anchored_home_spread > PREDICTED.anchored_home_spread).all()


def test_the_anchor_lets_go_of_memory_as_first_pitch_comes():
    """An hour before the game the price knows what we know; without stamped prices news is assumed to come evenly."""
    moves, opening = [], SLATE[SLATE.stage == "open"]
    anchor = MODEL.stages["open"].win_anchor
    assert anchor.curve_season_ is None
    for hours in (25.0, 12.0, 6.0, 1.0):
        now = MODEL.predict(opening.assign(market_hours_to_start=hours))
        logit = np.log(now.anchored_home_ml) - np.log1p(-now.anchored_home_ml)
        moves.append(float((logit - opening.market_home_logit).abs().mean()))
        assert (now.home_ml_high - now.home_ml_low > 0).all()
    slopes = dict(zip(INPUTS, anchor.moves.slope_of_inputs(), strict=False))
    weight = sum(slopes[name] for name in INPUTS if name.endswith("_less_price")) - slopes["price"]
    time = np.array([25.0, 12.0, 6.0, 1.0]) / 25.0
    np.testing.assert_allclose(np.array(moves) / moves[0], time / (weight * time + 1.0 - weight), rtol=1e-6)
    archive = MODEL.predict(opening.assign(market_hours_to_start=31.0))
    np.testing.assert_array_equal(archive.anchored_home_ml, PREDICTED.anchored_home_ml[opening.index])


def moves_of(random, games, season, hours, left):
    """Moves of which half the first input is foreseen at the opening, and `left` of that at `hours`."""
    inputs = random.normal(0, 0.1, (games, 8))
    moved = left * 0.5 * inputs[:, 0] + random.normal(0, 0.02, games)
    return Moves(inputs, moved, np.full(games, float(season)), np.full(games, hours) if np.isscalar(hours) else hours)


def test_stamped_prices_teach_the_curve_of_time():
    """A market that takes news in later than evenly must be given the weight that its own prices show."""
    random = np.random.default_rng(6)
    opening = moves_of(random, 3000, 2019, np.nan, 1.0)
    stamped = moves_of(random, 3000, 2019, random.uniform(1.0, 12.0, 3000), 0.8)
    config = AnchorConfig(knot_prices=30.0)
    anchor = Anchor(config, 8).fit(opening, stamped)
    assert (anchor.curve_season_, anchor.stamped_prices_) == (2019, 3000)
    assert float(anchor.decay_weight(np.array([3.0]))[0]) == pytest.approx(0.8, abs=0.1)
    as_decisions = Anchor(config, 8).fit(Moves.joined(opening, stamped), NO_MOVES)
    np.testing.assert_allclose(as_decisions.left_, anchor.left_, atol=0.05)
    archive = Anchor(AnchorConfig(), 8).fit(opening, NO_MOVES)
    assert (archive.curve_season_, archive.stamped_prices_) == (None, 0)
    # The price has half of the weight: .12 / (.5 * .12 + .5).
    assert float(archive.decay_weight(np.array([3.0]))[0]) == pytest.approx(0.214, abs=0.01)


def test_the_latest_season_with_stamped_prices_has_the_curve():
    """A market that learned to react in a day is priced by last decade's curve where all seasons are one heap."""
    random = np.random.default_rng(7)
    opening = moves_of(random, 3000, 2016, np.nan, 1.0)
    slow, quick = moves_of(random, 3000, 2016, 3.0, 0.9), moves_of(random, 3000, 2018, 3.0, 0.1)
    anchor = Anchor(AnchorConfig(), 8).fit(opening, Moves.joined(slow, quick))
    assert (anchor.curve_season_, anchor.stamped_prices_) == (2018, 3000)
    assert float(anchor.decay_weight(np.array([3.0]))[0]) == pytest.approx(0.18, abs=0.05)


def test_the_interval_shrinks_as_far_as_stamped_prices_missed():
    """An interval that shrinks by assumption promises closes that it does not contain, and Kelly believes it."""
    random = np.random.default_rng(8)
    opening = moves_of(random, 3000, 2016, np.nan, 1.0)
    exact = moves_of(random, 3000, 2016, 6.0, 0.6)
    noisy = replace(exact, moved=exact.moved + random.normal(0, 0.02, 3000))
    six = np.array([6.0])
    assert Anchor(AnchorConfig(), 8).fit(opening, exact).residual_share(six)[0] == pytest.approx(0.97, abs=0.05)
    shares = [Anchor(AnchorConfig(), 8).fit(opening, of).residual_share(six)[0] for of in (NO_MOVES, exact, noisy)]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(np.sqrt(0.24 / 0.62), abs=0.01)
    # At first pitch it is what it was an hour before: nothing is measured nearer.
    anchor = Anchor(AnchorConfig(), 8).fit(opening, NO_MOVES)
    assert anchor.residual_share(np.array([0.0])) == anchor.residual_share(np.array([1.0])) > 0.0


def test_the_anchor_finds_the_move_the_opening_price_misses():
    """The made-up opener underrates starters; an anchor that learns nothing returns the price itself."""
    rows = FRAME[(FRAME.season == 2018) & (FRAME.stage == "open")]
    made = MODEL.predict(rows)
    expected = np.log(made.anchored_home_ml) - np.log1p(-made.anchored_home_ml) - rows.market_home_logit
    moved = rows.close_home_logit - rows.market_home_logit
    assert 1 - ((moved - expected) ** 2).sum() / (moved**2).sum() > 0.15


def test_intervals_hold_the_share_of_closes_they_promise():
    """An interval from training residuals is too narrow by what the fit has memorised."""
    rows = FRAME[FRAME.season == 2018]
    made = MODEL.predict(rows)
    close = 1 / (1 + np.exp(-rows.close_home_logit))
    held = ((made.home_ml_low <= close) & (close <= made.home_ml_high)).mean()
    assert 0.82 < held < 0.97


def test_contributions_add_up_to_the_number_they_explain():
    """An explanation that does not sum to its number explains something else."""
    for slate in (
        SLATE,
        SLATE.assign(market_home_logit=np.nan, market_total_line=np.nan),
        SLATE.assign(memory_home_logit=np.nan),
    ):
        told = MODEL.explain(slate)
        summed = told.groupby(["game_id", "stage", "target"]).agg({"contribution": "sum", "explained": "first"})
        np.testing.assert_allclose(summed.contribution, summed.explained, atol=1e-9)
    told = MODEL.explain(SLATE)
    logit = told[told.target == "home_ml"].groupby(["stage", "game_id"]).explained.first()
    chance = PREDICTED.set_index(["stage", "game_id"]).anchored_home_ml
    np.testing.assert_allclose(1 / (1 + np.exp(-logit)), chance.loc[logit.index])


def test_importance_names_the_features_that_matter():
    """Importance on unstandardised inputs ranks whatever has the smallest unit."""
    found = MODEL.feature_importance()
    wins = found[(found.stage == "open") & (found.model == "memory_win")]
    assert set(wins.feature.head(2)) == {"starter_fip_150_difference", "batting_160_difference"}


def test_a_saved_model_predicts_the_same_elsewhere(tmp_path: Path):
    """The registry loads it in another process; a forgotten array shows only there."""
    MODEL.save(tmp_path / "model")
    again = GameModel.load(tmp_path / "model")
    pd.testing.assert_frame_equal(again.predict(SLATE), PREDICTED, check_exact=True)
    assert again.facts == MODEL.facts
    assert again.config == MODEL.config
    assert sorted(file.name for file in (tmp_path / "model").iterdir()) == ["arrays.npz", "model.json"]


def test_a_strange_folder_is_refused(tmp_path: Path):
    """Half a model would predict with zeros."""
    with pytest.raises(UnreadableModel, match=r"no model\.json"):
        GameModel.load(tmp_path)
    (tmp_path / "model.json").write_text(json.dumps({"format": "something else"}))
    with pytest.raises(UnreadableModel, match="something else"):
        GameModel.load(tmp_path)


def test_a_model_of_other_columns_is_refused(tmp_path: Path):
    """Coefficients laid beside other columns price every game wrongly, and quietly where the number is the same."""
    MODEL.save(tmp_path)
    about = json.loads((tmp_path / "model.json").read_text())
    about["columns"]["open"]["win"].reverse()
    (tmp_path / "model.json").write_text(json.dumps(about))
    with pytest.raises(UnreadableModel, match="open was trained on other columns"):
        GameModel.load(tmp_path)


def test_a_model_of_settings_that_are_gone_is_refused_and_says_what_to_do(tmp_path: Path):
    """An older release's model stops all pricing: the reader of the failed run needs the remedy, not a key."""
    MODEL.save(tmp_path)
    about = json.loads((tmp_path / "model.json").read_text())
    about["config"]["interval_memory"] = 20
    (tmp_path / "model.json").write_text(json.dumps(about))
    with pytest.raises(UnreadableModel, match=r"interval_memory is not a setting.*--select train.*model promote"):
        GameModel.load(tmp_path)


def test_too_few_games_make_no_model():
    """A model of April 2009 would be noise with a version number."""
    with pytest.raises(NotEnoughGames, match="are needed"):
        GameModel(SMALL).fit(FRAME[FRAME.season == 2015].head(100))


def test_the_same_rows_give_the_same_model():
    """A retrain of the same month must not make another champion."""
    again = GameModel(SMALL).fit(TRAINING.sample(frac=1.0, random_state=1))
    np.testing.assert_allclose(again.predict(SLATE)[PROBABILITIES], PREDICTED[PROBABILITIES], rtol=1e-6)


def test_seven_innings_and_the_new_rules_are_priced():
    """2020 brought both; a model that only knows nine innings prices 2.2 runs too many."""
    short = SLATE.assign(scheduled_innings=7, season=2020, memory_total=SLATE.memory_total * 0.8)
    made = MODEL.predict(short.assign(market_total_line=np.nan))
    assert (made.expected_total < 0.86 * PREDICTED.memory_expected_total).mean() > 0.95
    postseason = MODEL.predict(SLATE.assign(season=2022, season_type="postseason"))
    assert postseason[PROBABILITIES].notna().all().all()


def test_out_of_fold_rows_have_seen_only_earlier_seasons():
    """An anchor trained on predictions that knew the season's own closes trusts them too much."""
    rows = TRAINING[TRAINING.stage == "open"].reset_index(drop=True)
    made = out_of_fold(StageInputs.of(rows, "open"), SMALL)
    assert made[rows.season == 2015].drop(columns=["cover_gives", "cover_takes", "close_over"]).isna().all().all()
    changed = rows.copy()
    last = changed.season == 2017
    for name in ("close_home_logit", "close_total_line", "home_score", "home_win"):
        changed.loc[last, name] = changed.loc[last, name].sample(frac=1.0, random_state=4).to_numpy()
    again = out_of_fold(StageInputs.of(changed, "open"), SMALL)
    names = ["blind_logit", "memory_logit", "anchored_logit", "blind_total", "memory_number", "anchored_number"]
    pd.testing.assert_frame_equal(again[names], made[names], check_exact=True)


def test_configurations_survive_json_and_name_what_they_do_not_know():
    """A misspelt penalty silently ignored costs .001 nats and nobody looks."""
    config = replace(SMALL, interval_coverage=0.8)
    assert ModelConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config
    assert hash(config) != hash(ModelConfig())
    with pytest.raises(UnknownSetting, match=r"estimators\.win_penlty"):
        ModelConfig.from_dict({"estimators": {"win_penlty": 1.0}})
    assert ModelConfig().flat()["estimators.win_penalty"] == 1000.0
