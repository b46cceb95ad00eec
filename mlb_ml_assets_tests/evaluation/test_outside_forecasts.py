"""Which forecasts of others count for a decision.

Belongs here: the as-of rule, several forecasts of one forecaster, lines that differ.
Not here: files (sources/test_outside_forecasts.py), the verdict's layout (test_scores.py).
"""

import numpy as np
import pandas as pd

from mlb_ml_assets.evaluation.outside_forecasts import outside_probabilities

NOON = pd.Timestamp("2024-05-01T16:00Z")


def _stated(*rows: tuple) -> pd.DataFrame:
    names = ["forecaster", "game_id", "made_at", "home_win", "over", "total_line", "cover", "spread_line"]
    return pd.DataFrame([(*row, *[np.nan] * (len(names) - len(row))) for row in rows], columns=names)


def test_a_forecast_counts_from_its_instant_on_and_the_newest_replaces_the_others():
    """Scored at the first decision, a forecast made with the lineups in hand beats everything."""
    hour = pd.Timedelta(hours=1)
    stated = _stated(
        ("bob", 1, NOON, 0.6), ("bob", 1, NOON - hour, 0.5), ("bob", 1, NOON + hour, 0.9), ("ann", 2, NOON, 0.4)
    )
    decisions = pd.DataFrame({"game_id": [1, 1, 1, 2, 3], "as_of": [NOON - 2 * hour, NOON, NOON + hour, NOON, NOON]})
    found = outside_probabilities(stated, "moneyline", decisions)
    np.testing.assert_array_equal(found["bob"], [np.nan, 0.6, 0.9, np.nan, np.nan])
    np.testing.assert_array_equal(found["ann"], [np.nan, np.nan, np.nan, 0.4, np.nan])
    assert outside_probabilities(stated, "total", decisions, np.full(5, 8.5)) == {}


def test_a_forecast_of_another_line_does_not_count():
    """Over 7.5 at 60% is no opinion about over 9; without a line it is about the market's total, or home -1.5."""
    stated = _stated(
        ("bob", 1, NOON, np.nan, 0.6, 8.5, 0.4, np.nan),
        ("bob", 2, NOON, np.nan, 0.6, 7.5, 0.4, 1.5),
        ("bob", 3, NOON, np.nan, 0.6, np.nan, 0.4, -1.5),
    )
    decisions = pd.DataFrame({"game_id": [1, 2, 3], "as_of": NOON})
    total = outside_probabilities(stated, "total", decisions, np.array([8.5, 8.5, 9.0]))
    np.testing.assert_array_equal(total["bob"], [0.6, np.nan, 0.6])
    spread = outside_probabilities(stated, "spread", decisions, np.array([-1.5, -1.5, 1.5]))
    np.testing.assert_array_equal(spread["bob"], [0.4, np.nan, np.nan])
