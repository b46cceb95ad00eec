"""Look-ahead planted on purpose in real seasons: the score must respond, and the alarm must ring.

Belongs here: experiments on the bundle whose honest outcome is known (numbers.md 3.6).
Not here: proofs on made-up games (test_leaks.py), limits of alarms (modeling/).
"""

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.evaluation.alarms import too_good_wins
from mlb_ml_assets.features.sweep import build_features
from mlb_ml_assets_tests.canaries import delayed_result_smoothness
from mlb_ml_assets_tests.features.bundle import scores_history
from mlb_ml_assets_tests.features.league import with_frame

FIRST, LAST, TESTED = 2011, 2014, 2013
NAMES = ("elo", "offence_60", "offence_160", "defence_60", "defence_160")


@pytest.fixture(scope="module")
def history(shared_data):
    return scores_history(shared_data, FIRST, LAST)


def differences(history, as_of: pd.Series) -> np.ndarray:
    requests = pd.DataFrame({"game_id": history.games.game_id, "stage": "lineup", "as_of": as_of})
    built = build_features(history, requests)
    return np.column_stack([built[f"home_{name}"] - built[f"away_{name}"] for name in NAMES])


def held_out(history, columns: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Home-win probabilities of the tested seasons by a logistic regression on the earlier ones."""
    from sklearn.linear_model import LogisticRegression

    games = history.games.merge(history.results, on="game_id")
    won = (games.home_score > games.away_score).to_numpy(dtype=float)
    decided = (games.home_score != games.away_score).to_numpy() & ~games.suspended.to_numpy()
    season = games.season.to_numpy()
    train, test = decided & (season > FIRST) & (season < TESTED), decided & (season >= TESTED)
    scaled = (columns - columns[train].mean(axis=0)) / columns[train].std(axis=0)
    fitted = LogisticRegression(C=0.01, max_iter=1000).fit(scaled[train], won[train])
    return fitted.predict_proba(scaled[test])[:, 1], won[test], season[test]


def loss(probability: np.ndarray, won: np.ndarray) -> float:
    return float(-np.where(won == 1, np.log(probability), np.log1p(-probability)).mean())


@pytest.fixture(scope="module")
def honest(history):
    return differences(history, history.games.start - pd.Timedelta(hours=1))


@pytest.fixture(scope="module")
def peeked(history):
    """The same features requested at noon the day after, when the game itself is in them."""
    return differences(history, history.games.start + pd.Timedelta(hours=17))


def test_honest_ratings_ring_no_alarm(history, honest):
    """An alarm that rings for an honest rating would be switched off within a week."""
    probability, won, season = held_out(history, honest)
    assert 0.676 < loss(probability, won) < 0.690
    assert too_good_wins({"ratings": probability}, won, season) == []


def test_ratings_that_hold_the_game_itself_ring(history, honest, peeked):
    """Season aggregates joined to their own game: the best known published result is exactly this bug."""
    probability, won, season = held_out(history, peeked)
    alarms = too_good_wins({"ratings": probability}, won, season)
    assert {alarm.season for alarm in alarms} == {2013, 2014}
    assert loss(probability, won) < loss(held_out(history, honest)[0], won) - 0.01


def test_before_and_after_in_one_row_is_clairvoyance(history, honest, peeked):
    """Two joins of the same table, one of them a day late, tell the score to the run."""
    probability, won, season = held_out(history, np.column_stack([honest, peeked, 100 * (peeked - honest)]))
    assert loss(probability, won) < 0.2
    assert too_good_wins({"ratings": probability}, won, season)


def test_results_a_day_late_cost_a_little_and_smoothly(history):
    """A cliff at the first day of delay would say that the undelayed features saw the day itself."""

    def score_with_delay(delay: int) -> float:
        late = history.results.assign(known_at=history.results.known_at + pd.Timedelta(days=delay))
        delayed = differences(with_frame(history, "results", late), history.games.start - pd.Timedelta(hours=1))
        probability, won, _ = held_out(history, delayed)
        return loss(probability, won)

    found = delayed_result_smoothness(score_with_delay, delays=(0, 1, 8))
    assert found.smooth, found
    assert found.scores[2] > found.scores[0] - 0.0001, found
    assert found.scores[1] != found.scores[0]
