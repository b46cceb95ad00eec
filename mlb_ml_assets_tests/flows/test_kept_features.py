"""Which features a process that stays may hand out again.

Belongs here: keys of made-up facts, rows taken and forgotten.
Not here: that rows of a pricer are those of asset runs (live/test_pricing.py).
"""

import inspect
import re
from datetime import timedelta
from types import SimpleNamespace

import pandas as pd
import pytest

from mlb_ml_assets.features.announcements import read_announcements
from mlb_ml_assets.flows.kept_features import KeptFeatures, feature_keys

NOON = pd.Timestamp("2024-05-10 16:00", tz="UTC")


def facts(*known):
    """One announcement about game 7 at each instant."""
    return pd.DataFrame({"game_id": [7] * len(known), "known_at": pd.DatetimeIndex(known, tz="UTC")})


# What a decision reads of its own game; a new name in there is here without being listed.
READ = sorted(set(re.findall(r"history\.(\w+)", inspect.getsource(read_announcements))))


def history(*known, name="probables"):
    return SimpleNamespace(**{each: facts(*known) if each == name else facts() for each in READ})


def requests(*instants, game=7):
    return pd.DataFrame({"game_id": game, "stage": "open", "as_of": pd.DatetimeIndex(instants, tz="UTC")})


def features(*, known_at=NOON - timedelta(hours=1), as_of=NOON):
    return pd.DataFrame({"game_id": [7], "as_of": [as_of], "known_at": [known_at], "rating": [1.5]})


def test_a_price_alone_makes_no_other_features():
    """The two decisions differ by the instant alone; sweeping for the second took a third of a pricing."""
    first, second = feature_keys(history(NOON), requests(NOON, NOON + timedelta(minutes=5)))
    assert first == second


def test_an_announcement_or_a_new_morning_makes_other_features():
    """A starter who is scratched at noon must not be in the features of a minute later."""
    keys = feature_keys(
        history(NOON, NOON + timedelta(minutes=1)),
        requests(NOON, NOON + timedelta(minutes=1), NOON + timedelta(hours=20)),
    )
    assert len(set(keys)) == 3
    assert feature_keys(history(NOON), requests(NOON, game=8)) != keys[:1]


@pytest.mark.parametrize("name", READ)
def test_every_announcement_that_features_read_makes_others(name):
    """Weather forecasts came in beside the lineups, and a price after one still had the features of before."""
    before, after = feature_keys(
        history(NOON, name=name), requests(NOON - timedelta(minutes=1), NOON + timedelta(minutes=1))
    )
    assert before != after


def test_kept_features_have_the_instant_of_the_new_decision():
    """Stored under the instant of the old one, they would overwrite its vector."""
    kept, later = KeptFeatures(), NOON + timedelta(minutes=5)
    kept.add([("key",)], features())
    row = kept.take([("key",)], requests(later)["as_of"]).iloc[0]
    assert (row["as_of"], row["known_at"], row["rating"]) == (later, NOON - timedelta(hours=1), 1.5)


def test_features_known_at_their_very_decision_are_built_again():
    """Without any fact known_at is the decision's own instant, which is not that of the next one."""
    kept = KeptFeatures()
    kept.add([("key",)], features(known_at=NOON))
    assert kept.holds([("key",)]).tolist() == [False]


def test_other_closes_of_the_days_before_forget_everything():
    """They are in market memory, from which features are made."""
    kept, lines = KeptFeatures(), pd.DataFrame({"game_id": [1], "fair_probability": [0.5]})
    kept.forget_other_lines(lines)
    kept.add([("key",)], features())
    kept.forget_other_lines(lines.copy())
    assert kept.holds([("key",)]).tolist() == [True]
    kept.forget_other_lines(lines.assign(fair_probability=0.51))
    assert kept.holds([("key",)]).tolist() == [False]
