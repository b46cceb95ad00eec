"""Broken archives are refused by file, column and value; each case was found by fuzzing.

Belongs here: crashes that became rules.
Not here: looking for new ones (fuzz/).
"""

import pandas as pd
import pytest

from mlb_ml_assets.sources import retrosheet, sbro
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
    with pytest.raises(ArchiveShapeChanged, match="BOS202404010 is there twice"), located({"games": games}):
        games.set_index("game_id").reindex(["BOS202404010"])


def test_a_web_page_with_a_workbooks_name_is_no_workbook(tmp_path):
    """A failed download was a BadZipFile out of openpyxl."""
    path = tmp_path / "mlb-odds-2016.xlsx"
    path.write_bytes(b"<html><body>Not found</body></html>")
    with pytest.raises(ArchiveShapeChanged, match="mlb-odds-2016"):
        sbro.read_workbook(path)


def log_line(day="20090405", home="SDN", number="0", runs="3", forfeit="") -> list[str]:
    """One Retrosheet game log, as far as the reader looks."""
    fields = [""] * retrosheet.FIELDS
    fields[0], fields[1], fields[3], fields[6] = day, number, "LAN", home
    fields[9], fields[10], fields[11], fields[12] = runs, "2", "54", "D"
    fields[14] = forfeit
    for first in retrosheet.LINEUP.values():
        for place in range(9):
            fields[first - 1 + 3 * place] = f"player{place}"
    return fields


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([log_line(), log_line(day="99999999999999", home="ATL")], "game log line cannot be read"),
        ([log_line(), log_line(home="ATL", runs="9" * 20)], "game log line cannot be read"),
        ([log_line(), log_line()], "game is listed twice in the log"),
        ([log_line(), log_line(home="ATL", forfeit="V")], "forfeit"),
    ],
)
def test_a_line_of_a_game_log_that_is_none_is_set_aside(lines, reason, tmp_path):
    """A date of fourteen digits or a doubled line ended the import of a season in a traceback."""
    path = tmp_path / "GL2009.TXT"
    path.write_text("\n".join(",".join(f'"{field}"' for field in line) for line in lines) + "\n")
    frames = retrosheet.parse_logs(retrosheet.read_logs(path), path.name)
    assert frames.tables["games"]["home"].tolist() == ["SDN"]
    assert [one.rejected.reason for one in frames.rejected] == [reason]
