"""One bad row of a bundle costs that row, and its message names file, line and column.

Belongs here: rows that people's tools spoil, and the forms of values that are the same.
Not here: files of another shape (test_bundle_faults.py), the import as a whole (flows/test_history_import.py).
"""

import lzma

import pandas as pd
import pytest

from mlb_ml_assets.sources import bundle_odds, history_bundle
from mlb_ml_assets.sources.archive_rows import ArchiveFrames, ArchiveShapeChanged
from mlb_ml_assets.sources.bundle_rows import clocks, readable_rows


def games(**columns) -> pd.DataFrame:
    """Three games, as far as their own row is checked."""
    usual = {
        "game_id": ["A", "B", "C"], "game_date": ["2016-04-05", "2016-04-06", "2016-04-07"],
        "home_score": ["1", "2", "3"], "starttime": ["7:05PM", "19:05", None], "suspended": [False, False, True],
    }  # fmt: skip
    return pd.DataFrame(usual | columns)


@pytest.mark.parametrize(
    ("column", "values", "detail"),
    [
        ("home_score", ["1", "three", "3"], "games.csv line 3, column home_score: 'three' is not a number"),
        ("starttime", ["7:05PM", "evening", None],
         "games.csv line 3, column starttime: 'evening' is not a time like 7:05PM or 19:05"),
        ("game_date", ["2016-04-05", "6 April", "2016-04-07"],
         "games.csv line 3, column game_date: '6 April' is not a day like 2016-04-05"),
        ("game_id", ["A", "A", "C"], "games.csv line 3, column game_id: 'A' is in an earlier line too"),
    ],
)  # fmt: skip
def test_a_bad_row_is_set_aside_with_its_line_and_its_own_column(column, values, detail):
    """A bad start time stopped the import, and was reported as a bad home_line."""
    frames = ArchiveFrames("history_bundle")
    lineups = pd.DataFrame({"game_id": ["A", "B", "C"]})
    kept = readable_rows({"games": games(**{column: values}), "lineups": lineups}, frames)
    assert kept["games"]["game_id"].tolist() == ["A", "C"]
    assert kept["games"]["home_score"].tolist() == [1, 3]
    assert kept["lineups"]["game_id"].tolist() == ["A", "C"]
    assert [one.rejected.detail for one in frames.rejected][:1] == [detail]


def test_a_column_of_something_else_is_a_changed_shape():
    """Setting every row aside would be an import that succeeded with nothing."""
    with pytest.raises(ArchiveShapeChanged, match="column starttime"):
        readable_rows({"games": games(starttime=["x", "y", "z"])}, ArchiveFrames("history_bundle"))


def test_clocks_of_twelve_and_of_twenty_four_hours_are_the_same():
    written = pd.Series(["7:05PM", "7:05 pm", "19:05", "19:05:00", "12:05AM", None, "25:00"])
    hours = [19 * 60 + 5] * 4 + [5]
    assert (clocks(written).dropna() / pd.Timedelta(minutes=1)).tolist() == hours
    assert clocks(written).isna().tolist() == [False] * 5 + [True] * 2


@pytest.mark.parametrize("encode", [
    lambda text: text.encode("utf-8-sig"), lambda text: text.encode("utf-16"),
    lambda text: text.replace("\n", "\r\n").encode(), lambda text: text.replace("\n", "\r").encode(),
    lambda text: lzma.compress(text.encode()),
])  # fmt: skip
def test_a_file_as_other_tools_save_it_is_the_same_file(encode, tmp_path):
    """A byte order mark became part of the first column's name."""
    text = "game_id,home_bullpen_ip,away_bullpen_ip\nA,1.0,2.0\nB,3.0,4.0\n"
    path = tmp_path / "bullpen_lines.csv.xz"
    path.write_bytes(encode(text))
    assert history_bundle.is_bundle_file(path)
    assert history_bundle.read_file(path)["away_bullpen_ip"].tolist() == [2.0, 4.0]


def history(**columns) -> pd.DataFrame:
    usual = {
        "game_id": "A", "source": "x", "book": "b", "kind": "snapshot", "ml_home": -120.0, "ml_away": 110.0,
        "rl_home": None, "rl_price_home": None, "rl_price_away": None, "total": None, "over": None, "under": None,
        "ts_utc": ["2016-04-05T12:00:00Z", "2016-04-05T13:00:00Z", "2016-04-05T14:00:00Z"], "commence_utc": None,
    }  # fmt: skip
    return pd.DataFrame(usual | columns)


def test_a_snapshot_is_a_timestamped_price_and_an_unknown_kind_is_set_aside():
    """Rows of a kind that no rule named were left out without a word."""
    frames = ArchiveFrames("history_bundle")
    raw = {"games": games(), "line_history": history(ml_home=[-120.0, -120.0, -130.0])}
    bundle_odds.parse_line_history(readable_rows(raw, frames)["line_history"], frames)
    quotes = frames.tables["archive_quotes"]
    assert quotes[quotes["side"] == "home"][["odds", "quote_kind"]].to_numpy().tolist() == [
        [-120, "tick"],
        [-130, "tick"],
    ]
    raw["line_history"] = history(kind=["tick", "rumor", "close"])
    kept = readable_rows(raw, frames)["line_history"]
    assert kept["kind"].tolist() == ["tick", "close"]
    assert "line_history.csv line 3, column kind: 'rumor'" in frames.rejected[-1].rejected.detail
