"""Prices that stand: lines whose price is not expected to move, in frames as odd as real ones.

Belongs here: totals and run lines at the market's own number, one joint distribution behind them, strange slates.
Not here: which moves are expected (test_game_model.py).
"""

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.evaluation.verdict import verdict
from mlb_ml_assets.modeling.game_model import GameModel
from mlb_ml_assets.modeling.run_distribution import RunShape, joint_pmf
from mlb_ml_assets.modeling.run_rules import rules_for
from mlb_ml_assets.modeling.walk_forward import walk_forward
from mlb_ml_assets_tests.modeling.league import SMALL, training_frame

FRAME = training_frame()
MODEL = GameModel(SMALL).fit(FRAME[FRAME.season < 2018])
SLATE = FRAME[FRAME.season == 2018].iloc[::9]
RANDOM = np.random.default_rng(2)
QUOTED = SLATE.assign(
    market_total_over_probability=RANDOM.uniform(0.44, 0.56, len(SLATE)),
    market_spread_line=np.where(SLATE.market_home_logit > 0, -1.5, 1.5),
    market_spread_home_probability=RANDOM.uniform(0.35, 0.65, len(SLATE)),
)
NUMBERS = ["anchored_home_ml", "anchored_total_over", "anchored_home_spread", "expected_total", "home_ml_low"]


@pytest.fixture(scope="module")
def still():
    """A model that expects no price to move: two hours' fade would leave a little, first pitch leaves nothing."""
    return QUOTED.assign(market_hours_to_start=0.0)


def test_a_price_that_will_not_move_is_the_price(still):
    """In 2010 the over was priced at .46 against a market of .50 and no move: 513 of 516 bets were unders, and lost."""
    made = MODEL.predict(still)
    np.testing.assert_allclose(made.anchored_total_over, still.market_total_over_probability, atol=1e-9)
    np.testing.assert_allclose(made.anchored_home_spread, still.market_spread_home_probability, atol=1e-9)
    np.testing.assert_allclose(made.anchored_home_ml, 1 / (1 + np.exp(-still.market_home_logit)), atol=1e-12)


def test_the_stored_rates_are_the_distribution_that_priced_the_line(still):
    """Bets at other numbers are priced from the rates; of another mean they would contradict the stored over."""
    made = MODEL.predict(still)
    for place in range(0, len(made), 17):
        row, quote = made.iloc[place], still.iloc[place]
        shape = RunShape(home_dispersion=row.home_dispersion, away_dispersion=row.away_dispersion)
        rules = rules_for(int(quote.season), "regular", 9)
        pmf = joint_pmf(np.array([row.home_rate]), np.array([row.away_rate]), rules, shape)[0]
        runs = np.add.outer(np.arange(len(pmf)), np.arange(len(pmf)))
        over, push = pmf[runs > row.total_line].sum(), pmf[runs == row.total_line].sum()
        assert over / (1 - push) == pytest.approx(row.anchored_total_over, abs=0.002)
        assert push == pytest.approx(row.push_total_over, abs=0.001)
        assert (pmf * runs).sum() == pytest.approx(row.expected_total, abs=0.02)


def test_an_expected_rise_raises_the_over_from_the_price():
    """The over must move as the expected number does, from the present price."""
    made = MODEL.predict(QUOTED)
    number = QUOTED.market_total_line + 8.0 * (QUOTED.market_total_over_probability - 0.5)
    rise = made.expected_close_total_number - number
    lift = made.anchored_total_over - QUOTED.market_total_over_probability
    assert (np.sign(lift) == np.sign(rise)).mean() > 0.99
    assert 0.06 < np.polyfit(rise, lift, 1)[0] < 0.12


def test_a_total_without_a_moneyline_is_still_anchored():
    """One missing moneyline must not throw the total back on memory."""
    made = MODEL.predict(QUOTED.assign(market_home_logit=np.nan, market_hours_to_start=0.0))
    assert made.anchored_home_ml.isna().all()
    np.testing.assert_allclose(made.anchored_total_over, QUOTED.market_total_over_probability, atol=1e-9)


def test_an_unheard_of_number_of_innings_silences_its_row_alone():
    """One row with scheduled_innings 8 (or 0, from a feed) must not stop a slate or price a game of no rules."""
    odd = QUOTED.assign(scheduled_innings=[8.0, 0.0, *([9.0] * (len(QUOTED) - 2))])
    made, plain = MODEL.predict(odd), MODEL.predict(QUOTED)
    assert list(made.playable) == [False, False, *([True] * (len(QUOTED) - 2))]
    assert made[NUMBERS].iloc[:2].isna().all().all()
    pd.testing.assert_frame_equal(made.iloc[2:], plain.iloc[2:], check_exact=True)
    training = FRAME.assign(scheduled_innings=np.where(FRAME.game_id % 50 == 0, 5.0, 9.0))
    replay = walk_forward(training, SMALL, "season", first_season=2017)
    assert replay.anchored_home_ml[replay.scheduled_innings == 5.0].isna().all()
    assert replay.anchored_home_ml[replay.scheduled_innings == 9.0].notna().all()
    assert verdict(replay)["markets"]["moneyline"]["open"]["n"] > 0


def test_a_season_like_2020_is_replayed():
    """Seven innings, an automatic runner, a short season, a season missing before it, and a column that is gone."""
    changed = FRAME[FRAME.season != 2017].copy()
    last = changed.season == 2018
    changed.loc[last, "season"] = 2020
    short = last & (changed.doubleheader == "Y")
    changed.loc[short, "scheduled_innings"] = 7
    for name in ("market_total_line", "close_total_line", "memory_total"):
        changed.loc[short, name] *= 0.8
    changed = changed[~last | (changed.game_id % 3 == 0) | short].drop(
        columns=["home_batting_160", "memory_total_variance"]
    )
    replay = walk_forward(changed, SMALL, "month", first_season=2016)
    served = replay[replay.season == 2020]
    assert served[NUMBERS].notna().all().all()
    fewer = served[served.scheduled_innings == 7].expected_total.mean()
    assert 0.7 < fewer / served[served.scheduled_innings == 9].expected_total.mean() < 0.87
    assert verdict(replay)["markets"]["total"]["lineup"]["n"] > 0
