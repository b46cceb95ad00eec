"""A history says what it cannot be.

Belongs here: refusals, with the field and the value in the message.
Not here: what is known when (test_knowable.py, test_leaks.py).
"""

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.features.facts import FactsIncomplete, known_at
from mlb_ml_assets.features.knowable import NotAnInstant
from mlb_ml_assets.features.sweep import build_features
from mlb_ml_assets_tests.features.league import both_stages, made_up_history, with_frame

HISTORY = made_up_history(days=3)


def test_a_missing_column_is_named():
    """A renamed column that silently becomes NaN is a feature that is never known."""
    with pytest.raises(FactsIncomplete, match=r"starter_lines: missing columns \['strikeouts'\]"):
        with_frame(HISTORY, "starter_lines", HISTORY.starter_lines.drop(columns="strikeouts"))


def test_a_fact_without_a_stamp_is_refused():
    """Unknown when is not known always."""
    results = HISTORY.results.copy()
    results.loc[1, "known_at"] = pd.NaT
    with pytest.raises(FactsIncomplete, match=r"results.known_at: 1 facts without a stamp"):
        with_frame(HISTORY, "results", results)


def test_a_stamp_without_a_zone_is_refused():
    """Naive instants shift by the server's zone."""
    results = HISTORY.results.assign(known_at=HISTORY.results.known_at.dt.tz_localize(None))
    with pytest.raises(NotAnInstant, match=r"results.known_at"):
        with_frame(HISTORY, "results", results)


@pytest.mark.parametrize(
    ("frame", "column", "value", "message"),
    [
        ("games", "doubleheader", "X", "games.doubleheader: 'X'"),
        ("games", "season_type", "exhibition", "games.season_type: 'exhibition'"),
        ("games", "home_team", None, "games.home_team: empty for game 101"),
        ("probables", "side", "visitor", "probables.side: 'visitor'"),
        ("games", "game_id", 102, "games.game_id: 102 appears more than once"),
    ],
)
def test_a_value_that_cannot_be_is_named(frame, column, value, message):
    """The message must be enough to find the row."""
    broken = getattr(HISTORY, frame).copy()
    broken.loc[0, column] = value
    with pytest.raises(FactsIncomplete, match=message):
        with_frame(HISTORY, frame, broken)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"stage": "close"}, "requests.stage: 'close'"),
        ({"game_id": 999}, "requests.game_id: 999 is not in games"),
        ({"as_of": pd.NaT}, "requests.as_of: empty"),
    ],
)
def test_a_request_for_nothing_is_refused(change, message):
    """A request dropped without a word is a game without a prediction."""
    asked = both_stages(HISTORY).iloc[:2].copy()
    for column, value in change.items():
        asked.loc[0, column] = value
    with pytest.raises(FactsIncomplete, match=message):
        build_features(HISTORY, asked)


def test_the_view_holds_only_what_was_known():
    """KnownFacts is the type a reviewer trusts; it must not carry a later row along."""
    as_of = HISTORY.games.start.iloc[2].to_pydatetime()
    view = known_at(as_of, HISTORY)
    assert view.as_of == as_of
    for name, frame in view.history.stamped().items():
        assert (frame.known_at <= as_of).all(), name
        later = getattr(HISTORY, name)
        assert len(frame) == int(np.sum(later.known_at <= as_of)), name


def test_no_requests_give_no_rows_with_all_columns():
    """An off-day is no error."""
    built = build_features(HISTORY, both_stages(HISTORY).iloc[:0])
    assert len(built) == 0
    assert "home_elo" in built.columns
