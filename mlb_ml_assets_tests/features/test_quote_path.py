"""Metrics of many prices' paths at once, each against a path of its own.

Belongs here: keys beside each other that must not leak into each other, and what is missing.
Not here: known answers of each metric, read from a database (warehouse/test_quote_metrics.py).
"""

import numpy as np
import pandas as pd

from mlb_ml_assets.features.quote_path import QuotePaths, path_metrics

NOON = np.datetime64("2024-06-15T12:00", "us")
PATHS = (
    # minutes before noon, odds, number, open for bets
    [(1500, -110, np.nan, True), (300, 120, np.nan, True), (40, -150, np.nan, False)],
    [(90, -105, 8.5, False)],
    [(2000, 100, 8.0, False), (1000, 100, 8.5, True), (30, -120, 8.5, True), (10, -120, 8.5, True)],
)


def metrics(*paths):
    rows = np.array([quote for path in paths for quote in path], dtype=object)
    made = QuotePaths(
        np.array([len(path) for path in paths]),
        NOON - rows[:, 0].astype("timedelta64[m]"),
        rows[:, 1].astype(np.int64),
        rows[:, 2].astype(np.float64),
        rows[:, 3].astype(bool),
    )
    return path_metrics(made, np.repeat(NOON, len(paths)), np.ones(len(paths), dtype=bool))


def test_a_path_among_others_is_told_as_if_alone():
    """A step from one key's last price to the next key's first is a move that no market made."""
    together = metrics(*PATHS)
    for place, path in enumerate(PATHS):
        alone = metrics(path)
        for name in together.columns:
            one, other = together[name].iloc[place], alone[name].iloc[0]
            if name.startswith("step_"):
                np.testing.assert_array_equal(one, other)
            else:
                assert one == other or (pd.isna(one) and pd.isna(other)), name


def test_a_side_that_was_never_open_for_bets_has_no_opening():
    """A suspended price as the opening is one that nobody could take."""
    told = metrics(*PATHS)
    assert told["opening_odds"].isna().tolist() == [False, True, False]
    assert told["opened_at"].isna().tolist() == [False, True, False]
    assert told["opening_line"].tolist()[2] == 8.5
    assert told["changes"].tolist() == [2, 0, 2]
    assert [len(times) for times in told["step_times"]] == [1, 0, 2]


def test_no_paths_are_no_rows():
    """A slate before its first price is no error."""
    empty = QuotePaths(
        np.zeros(0, np.int64), np.zeros(0, "datetime64[us]"), np.zeros(0, np.int64), np.zeros(0), np.zeros(0, bool)
    )
    told = path_metrics(empty, np.zeros(0, "datetime64[us]"), np.zeros(0, bool))
    assert told.empty
    assert set(told.columns) == set(metrics(PATHS[0]).columns)
