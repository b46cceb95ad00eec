"""Nothing that became known after an instant changes a feature as of that instant.

Belongs here: proofs by changing, deleting and inventing facts; the promise that a day can be rebuilt.
Not here: what the numbers mean (test_formulas.py), how checkpoints save time (test_sweep.py).
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mlb_ml_assets.features as room
from mlb_ml_assets.features.facts import known_at
from mlb_ml_assets.features.sweep import build_features
from mlb_ml_assets_tests.features.league import both_stages, made_up_history, with_frame

HISTORY = made_up_history()
REQUESTS = both_stages(HISTORY)
FEATURES = build_features(HISTORY, REQUESTS)
SOURCES = sorted(HISTORY.stamped())
INSTANTS = sorted(REQUESTS.as_of.unique())


def assert_same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Bit for bit, NaN equal to NaN."""
    assert list(found.columns) == list(expected.columns)
    for name in expected.columns:
        left, right = found[name].to_numpy(), expected[name].to_numpy()
        if left.dtype.kind == "f":
            left, right = left.view(np.int64), right.view(np.int64)
        differing = np.flatnonzero(left != right)
        assert not len(differing), f"{name} of game {expected.game_id.iloc[differing[0]]}"


def tampered(frame: pd.DataFrame, after: pd.Timestamp, how: str, random: np.random.Generator) -> pd.DataFrame:
    """The frame with facts known later than `after` deleted, changed, or joined by inventions."""
    late = (frame.known_at > after).to_numpy()
    if how == "deleted":
        return frame[~late | (random.random(len(frame)) < 0.5)].reset_index(drop=True)
    victims = frame[late] if how == "changed" else frame.sample(frac=0.5, random_state=int(random.integers(2**31)))
    forged = victims.copy()
    for name in forged.columns.difference(["game_id", "side", "known_at", "stage", "market_type", "player_id"]):
        values = random.permutation(forged[name].to_numpy())
        forged[name] = values + 3 if values.dtype.kind in "if" and not name.startswith("fair") else values
    if how == "changed":
        return pd.concat([frame[~late], forged], ignore_index=True)
    # Inventions: about any game, also long finished ones, but known only after the instant.
    hours = pd.to_timedelta(random.integers(1, 400, len(forged)), unit="h")
    forged["known_at"] = forged.known_at.clip(lower=after) + hours
    return pd.concat([frame, forged], ignore_index=True)


@pytest.mark.parametrize("how", ["deleted", "changed", "invented"])
@pytest.mark.parametrize("source", SOURCES)
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(instant=st.sampled_from(INSTANTS), seed=st.integers(0, 2**31))
def test_the_future_changes_no_feature(source, how, instant, seed):
    """A join on the date, or a table read as it is today, lets the result of a game into its own forecast."""
    frame = tampered(getattr(HISTORY, source), pd.Timestamp(instant), how, np.random.default_rng(seed))
    before = REQUESTS.as_of <= instant
    rebuilt = build_features(with_frame(HISTORY, source, frame), REQUESTS[before])
    assert_same(rebuilt, FEATURES[before].reset_index(drop=True))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(instant=st.sampled_from(INSTANTS))
def test_the_view_at_an_instant_gives_the_features_of_that_instant(instant):
    """Backfill sweeps over everything, serving sees only what is known: one code path must give one number."""
    asked = REQUESTS[REQUESTS.as_of == instant].reset_index(drop=True)
    view = known_at(pd.Timestamp(instant).to_pydatetime(), HISTORY)
    assert_same(build_features(view.history, asked), FEATURES[REQUESTS.as_of == instant].reset_index(drop=True))


@pytest.mark.parametrize("source", ["results", "starter_lines", "bullpen_lines", "team_lines", "lineups", "probables"])
def test_the_past_does_change_features(source):
    """The proofs above would also hold for a builder that ignores its facts."""
    frame = getattr(HISTORY, source)
    rebuilt = build_features(
        with_frame(HISTORY, source, frame.iloc[: len(frame) // 4].reset_index(drop=True)), REQUESTS
    )
    assert not rebuilt.iloc[:, 4:].equals(FEATURES.iloc[:, 4:])


def test_rebuilt_in_another_order_the_bits_are_the_same():
    """Row order of a query is no promise; sums that depend on it would make every rebuild a little different."""
    shuffled = HISTORY
    for number, source in enumerate(SOURCES):
        frame = getattr(shuffled, source).sample(frac=1, random_state=number).reset_index(drop=True)
        shuffled = with_frame(shuffled, source, frame)
    shuffled = with_frame(shuffled, "games", HISTORY.games.sample(frac=1, random_state=1))
    assert_same(build_features(shuffled, REQUESTS), FEATURES)


def test_the_open_stage_knows_no_line_up_card():
    """A lineup feature that is zero instead of absent in the morning is a different feature in the evening."""
    early = FEATURES[FEATURES.stage == "open"]
    carded = [name for name in FEATURES.columns if re.search("_lineup_|^umpire", name)]
    assert len(carded) == 12
    assert early[carded].isna().all(axis=None)
    assert FEATURES.loc[FEATURES.stage == "lineup", "temperature"].notna().all()
    # Even where the card is known unusually early, and is younger than anything else.
    cards = HISTORY.lineups.assign(known_at=HISTORY.lineups.known_at - pd.Timedelta(hours=29))
    probables = HISTORY.probables.assign(known_at=HISTORY.probables.known_at - pd.Timedelta(days=2))
    without = with_frame(HISTORY, "probables", probables)
    again = build_features(with_frame(without, "lineups", cards), REQUESTS)
    early = again.stage == "open"
    assert (cards.known_at.min() < again.as_of[early]).any()
    assert_same(again[early], build_features(without, REQUESTS)[early])


def test_known_at_is_never_after_as_of():
    """prediction_timestamp is this column, and the table refuses predictions from the future."""
    assert (FEATURES.known_at <= FEATURES.as_of).all()
    # Noon's announcement is younger than the morning's results; at night the lineup card is the youngest.
    games = HISTORY.games.set_index("game_id")
    early, late = (FEATURES[FEATURES.stage == stage] for stage in ("open", "lineup"))
    assert (early.known_at == early.as_of).all()
    assert (late.known_at == late.game_id.map(games.start) - pd.Timedelta(hours=3)).all()


def test_known_at_without_announcements_is_the_last_result():
    """Same data, same instant: a vector that took as_of for it would change with the clock, not with the facts."""
    history = HISTORY
    for source in ("probables", "lineups", "lineup_positions", "conditions", "forecasts"):
        history = with_frame(history, source, getattr(history, source).iloc[:0])
    built = build_features(history, REQUESTS)
    later = built[built.game_id > built.game_id.min() + 6]
    stamps = HISTORY.results.known_at
    expected = [stamps[stamps <= as_of].max() for as_of in later.as_of]
    assert later.known_at.tolist() == expected


def test_one_place_compares_known_at_with_as_of():
    """A reviewer has one line to check instead of a hundred; a second comparison is where the leak will be."""
    comparisons = []
    for path in Path(room.__path__[0]).glob("*.py"):
        code = re.sub(r'"""(?s:.*?)"""|#.*', "", path.read_text())
        comparisons += [
            f"{path.name}: {line.strip()}"
            for line in code.splitlines()
            if re.search(r"(known_at|stamp|as_of)\w*[\])\"']* *[<>]=? |[<>]=? *\w*(known_at|stamp|as_of)", line)
        ]
    assert len(comparisons) == 1, comparisons
    assert comparisons[0].startswith("knowable.py"), comparisons
