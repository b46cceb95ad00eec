"""Broken bundles are refused by file, column and value; each case was found by fuzzing.

Belongs here: crashes that became rules.
Does not: looking for new ones (fuzz/).
"""

import pandas as pd
import pytest

from mlb_ml_assets.sources import sbro
from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged
from mlb_ml_assets.sources.bundle_faults import located


def test_a_text_among_numbers_is_named_with_its_line():
    """A blank cell that an editor left made `invalid literal for int()` of nowhere."""
    lines = pd.DataFrame({"gamePk": ["1", "2", "3"], "outs": ["15", " ", "12"]})
    refused = pytest.raises(ArchiveShapeChanged, match=r"starter_lines\.csv: column outs, line 3: ' ' is no number")
    with refused, located({"starter_lines": lines}):
        lines["outs"].map(int)


def test_bytes_that_are_no_utf8_are_named_with_their_line():
    """A file in another encoding leaves bytes among texts, on which looking for the fault broke."""
    lines = pd.DataFrame({"home_starter_id": pd.Series(["1", b"90073\xca", "3"], dtype=object)})
    refused = pytest.raises(ArchiveShapeChanged, match=r"starter_lines\.csv: column home_starter_id, line 3: .* UTF-8")
    with refused, located({"starter_lines": lines}):
        raise ValueError("what the reader said")


def test_a_game_that_stands_there_twice_is_named():
    """Two files joined by hand made `cannot reindex on an axis with duplicate labels`."""
    games = pd.DataFrame({"game_id": ["BOS202404010", "BOS202404010"]})
    with pytest.raises(ArchiveShapeChanged, match="BOS202404010 stands there twice"), located({"games": games}):
        games.set_index("game_id").reindex(["BOS202404010"])


def test_a_web_page_with_a_workbooks_name_is_no_workbook(tmp_path):
    """A failed download was a BadZipFile out of openpyxl."""
    path = tmp_path / "mlb-odds-2016.xlsx"
    path.write_bytes(b"<html><body>Not found</body></html>")
    with pytest.raises(ArchiveShapeChanged, match="mlb-odds-2016"):
        sbro.read_workbook(path)
