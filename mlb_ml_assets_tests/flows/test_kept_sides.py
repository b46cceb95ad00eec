"""What a process that stays writes again of a slate.

Belongs here: rows compared with those written before, predictions kept over a move.
Not here: that rows of a pricer are those of asset runs (live/test_pricing.py).
"""

import numpy as np
import pandas as pd

from mlb_ml_assets.flows.kept_sides import KeptSides

NEWEST = pd.DataFrame({"prediction_id": [1, 2], "game_id": [10, 20]})


def rows(stakes=(0.01, 0.0), odds=(-110, None), steps=({"after": 1}, {})):
    return pd.DataFrame(
        {
            "prediction_id": [1, 1],
            "market_type": "moneyline",
            "side": ["home", "away"],
            "odds": pd.array(odds, dtype="Int64"),
            "stake": stakes,
            "line_value": [np.nan, np.nan],
            "book": ["a:1", None],
            "kelly_steps": pd.Series(list(steps), dtype=object),
        }
    )


def test_equal_rows_are_not_written_again():
    """Missing prices and lines do not equal themselves: every row without one would be sent each time."""
    kept = KeptSides()
    assert len(kept.select_changed(rows())) == 2
    assert kept.select_changed(rows()).empty


def test_a_row_that_differs_anywhere_is_written():
    """A stake that caps of the slate reduce has the same price and value as before."""
    for changed in (rows(stakes=(0.009, 0.0)), rows(odds=(-112, None)), rows(steps=({"after": 2}, {}))):
        kept = KeptSides()
        kept.select_changed(rows())
        assert kept.select_changed(changed)["side"].tolist() == ["home"]
    kept.select_changed(rows())
    assert len(kept.select_changed(rows().assign(prediction_id=2))) == 2


def test_sides_of_games_that_moved_and_of_new_predictions_are_valued_again():
    """Sides kept of a game whose price moved would be bet at a price that is gone."""
    kept = KeptSides(valued=NEWEST[["prediction_id"]], terms=NEWEST[["prediction_id"]])
    assert kept.retain(NEWEST, moved={20})["prediction_id"].tolist() == [2]
    replaced = NEWEST.assign(prediction_id=[3, 2])
    assert kept.retain(replaced, moved=set())["prediction_id"].tolist() == [3, 2]
    assert kept.retain(NEWEST, moved=None)["prediction_id"].tolist() == [1, 2]


def test_a_slate_is_sized_again_only_where_it_or_what_it_shares_caps_with_is_other():
    """Kept while a stake of another slate's game took up the day's cap, its bets would go over it."""
    sides = pd.DataFrame({"prediction_id": [1, 1, 2], "slate": ["a", "a", "b"]})
    placed = {"b": (("2024-05-10", 20, "x:1", "x", 0.01),)}
    kept = KeptSides()
    kept.keep_sized(sides, placed, sides.assign(stake=0.01), is_frozen=False)
    found = kept.sized_before(sides, placed, is_frozen=False)
    assert {name: rows["prediction_id"].tolist() for name, rows in found.items()} == {"a": [1, 1], "b": [2]}
    assert list(kept.sized_before(sides, {}, is_frozen=False)) == ["a"]
    assert list(kept.sized_before(sides[1:], placed, is_frozen=False)) == ["b"]
    assert not kept.sized_before(sides, placed, is_frozen=True)
    kept.retain(NEWEST, moved=set())
    kept.terms = NEWEST[["prediction_id"]]
    kept.retain(NEWEST, moved={20})
    assert list(kept.sized_before(sides, placed, is_frozen=False)) == ["a"]


def test_records_of_games_that_are_not_asked_for_show_that_a_writer_is_alive():
    """A log is silent only if it is for all games of the slate."""
    kept, stamp = KeptSides(), pd.Timestamp("2024-05-10 16:00", tz="UTC")
    quotes = pd.DataFrame({"game_id": [10, 20], "captured_at": [stamp, stamp], "is_log": [True, False]})
    kept.note_records(quotes)
    assert kept.records_of_others([20]) == {stamp.to_pydatetime()}
    assert kept.records_of_others([10]) == set()
