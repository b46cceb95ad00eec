"""Each feature is declared once, and everything else follows from the declaration.

Belongs here: names, columns, the page, the hash.
Not here: values of features.
"""

import datetime as dt
from pathlib import Path

import pytest

from mlb_ml_assets.domain.input_ages import INPUT_GROUPS
from mlb_ml_assets.features.declarations import (
    BASEBALL_COLUMNS,
    FEATURE_COLUMNS,
    FEATURE_GROUPS,
    FEATURES,
    SIDE_FEATURES,
    columns_at,
    run_features,
    win_features,
)
from mlb_ml_assets.features.facts import COLUMNS
from mlb_ml_assets.features.registry import KNOWN_AT_RULES, feature_page, vector_hash
from mlb_ml_assets.features.sweep import build_features
from mlb_ml_assets_tests.features.league import both_stages, made_up_history

HISTORY = made_up_history(days=6)
BUILT = build_features(HISTORY, both_stages(HISTORY))
CUTOFF = dt.datetime(2016, 6, 1, 16, tzinfo=dt.UTC)


def _paired(stage):
    return [feature.name for feature in SIDE_FEATURES if stage in feature.stages]


def test_every_declared_feature_is_computed_somewhere():
    """A declaration without a formula is a column of NaN that looks like a gap in the data."""
    late = BUILT[BUILT.stage == "lineup"]
    empty = [name for name in BASEBALL_COLUMNS if late[name].isna().all()]
    assert empty == []


def test_a_feature_has_values_only_at_its_stages():
    """What the registry says of the open stage is what the model of the open stage is trained on."""
    early = BUILT[BUILT.stage == "open"]
    for name in BASEBALL_COLUMNS:
        if name not in columns_at("open"):
            assert early[name].isna().all(), name


def test_names_are_unique_and_fit_a_column():
    """PostgreSQL cuts names at 63 bytes without an error."""
    assert len(set(FEATURE_COLUMNS)) == len(FEATURE_COLUMNS)
    assert all(len(name) <= 63 and name.isidentifier() and name.islower() for name in FEATURE_COLUMNS)
    assert sorted(column for columns in FEATURE_GROUPS.values() for column in columns) == sorted(FEATURE_COLUMNS)


def test_every_source_and_rule_is_one_that_exists():
    """The page is read by people who go and look."""
    for feature in FEATURES:
        assert set(feature.sources) <= set(COLUMNS) | {"modeling.market_memory"}, feature.name
        assert feature.known_at in KNOWN_AT_RULES, feature.name


def test_only_card_features_wait_for_the_card():
    """A rule that says `card` at the open stage would promise what is not yet printed."""
    for feature in FEATURES:
        assert ("open" in feature.stages) == (feature.known_at != "lineup"), feature.name


def test_pairs_exist_for_both_sides():
    """A difference of a pair that is not one is a difference of two things."""
    for stage in ("open", "lineup"):
        for name in _paired(stage):
            assert {f"home_{name}", f"away_{name}"} <= set(columns_at(stage))


def test_the_page_lists_every_feature():
    """Documentation by hand is wrong by the second change."""
    page = feature_page(FEATURES)
    assert all(f"`{feature.name}`" in page for feature in FEATURES)
    assert all(f"`{group.column}`" in page for group in INPUT_GROUPS)


@pytest.mark.parametrize(
    "other",
    [
        (102, CUTOFF, "1.0", ["a", "b"], [1.0, 2.0]),
        (101, CUTOFF + dt.timedelta(microseconds=1), "1.0", ["a", "b"], [1.0, 2.0]),
        (101, CUTOFF, "1.1", ["a", "b"], [1.0, 2.0]),
        (101, CUTOFF, "1.0", ["a", "c"], [1.0, 2.0]),
        (101, CUTOFF, "1.0", ["a", "b"], [1.0, 2.0000002384185791]),
        (101, CUTOFF, "1.0", ["a", "b"], [1.0, float("nan")]),
    ],
)
def test_the_hash_covers_game_cutoff_version_names_and_values(other):
    """Two vectors with one hash are one vector; the table keeps only the first."""
    assert vector_hash(*other) != vector_hash(101, CUTOFF, "1.0", ["a", "b"], [1.0, 2.0])


def test_the_hash_is_of_the_instant_not_of_its_zone():
    """The same cutoff read back in another zone is the same vector."""
    local = CUTOFF.astimezone(dt.timezone(dt.timedelta(hours=-4)))
    assert vector_hash(1, local, "1.0", ["a"], [1.0]) == vector_hash(1, CUTOFF, "1.0", ["a"], [1.0])
    with pytest.raises(ValueError, match="time zone"):
        vector_hash(1, CUTOFF.replace(tzinfo=None), "1.0", ["a"], [1.0])


def test_the_page_in_docs_is_the_registrys():
    """A page written once and never again describes another version; `feature_page(FEATURES)` writes it."""
    page = Path(__file__).parents[2] / "docs" / "features.md"
    assert page.read_text() == feature_page(FEATURES)


def test_a_side_feature_speaks_of_one_sides_runs():
    """A club's own bats put among the other side's arms turn the sign of a coefficient that nobody looks at."""
    for stage in ("open", "lineup"):
        parts = [run_features(stage, side) for side in ("own", "opposing", "both", "none")]
        assert sorted(name for part in parts for name in part) == sorted(_paired(stage))
        assert set(win_features(stage)) <= set(_paired(stage))
    assert {"lineup_slot", "batting_400"} <= set(run_features("lineup", "own"))
    assert {"lineup_fielding", "starter_fip_150", "bullpen_fip_60"} <= set(run_features("lineup", "opposing"))
    assert "recent_slot" in win_features("open")
    assert "lineup_slot" not in win_features("open")
