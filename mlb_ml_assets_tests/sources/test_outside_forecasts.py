"""Files of forecasts of others.

Belongs here: the two layouts, headings, rows that cannot be read.
Not here: the games that rows are about (flows/test_forecast_import.py).
"""

from datetime import UTC, datetime

import pytest

from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged
from mlb_ml_assets.sources.outside_forecasts import read_forecasts

NOW = datetime(2024, 6, 1, tzinfo=UTC)


def _read(tmp_path, text):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    return read_forecasts(path, NOW)


def test_a_spreadsheet_is_read_with_its_own_headings_and_without_a_last_line_end(tmp_path):
    """A program that saves no last line end would lose its last game; people write headings in words."""
    read = _read(
        tmp_path,
        "Who,Game,Instant,Probability of home win,Over,Cover,Total line\n"
        "bob,745001,2024-05-01T12:00:00-04:00,.55,,,\n"
        "bob,2024-05-01-NYY-BOS,2024-05-01T16:00Z,,0.48,0.4,8.5",
    )
    assert not read.rejected
    first, second = read.forecasts
    assert (first.game, first.made_at, first.home_win, first.over) == (
        "745001", datetime(2024, 5, 1, 16, tzinfo=UTC), 0.55, None,
    )  # fmt: skip
    assert (second.home_win, second.over, second.total_line, second.cover) == (None, 0.48, 8.5, 0.4)
    assert not first.assumed


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ("bob,1,2024-05-01T16:00Z,55,,", "column home_win: '55' is not a probability between 0 and 1"),
        ("bob,1,2024-05-01T16:00Z,nan,,", "column home_win: 'nan' is not a probability between 0 and 1"),
        ("bob,1,2024-05-01T16:00Z,maybe,,", "column home_win: 'maybe' is not a number"),
        ("bob,1,2024-05-01T16:00Z,,,", "column home_win: '' is empty"),
        ("bob,1,2024-05-01 16:00,.5,,", "column instant: '2024-05-01 16:00' an instant without a zone"),
        ("bob,1,2025-05-01T16:00Z,.5,,", "column instant: '2025-05-01T16:00Z' lies in the future"),
        ("blind,1,2024-05-01T16:00Z,.5,,", "column who: 'blind' is the name of one of our own series"),
        (",1,2024-05-01T16:00Z,.5,,", "column who: '' is not a name"),
        ("bob", "column instant: '' not an instant"),
    ],
)
def test_a_bad_row_is_set_aside_with_its_line_and_column(tmp_path, row, place):
    """One typing error must cost one row, and say where it is."""
    read = _read(tmp_path, f"who,game,instant,home_win,over,cover\n{row}\nbob,2,2024-05-01T16:00Z,.5,.5,.5\n")
    (rejected,) = read.rejected
    assert rejected.detail.startswith(f"mine.csv line 2, {place}")
    assert [one.game for one in read.forecasts] == ["2"]


def test_daily_forecasts_of_a_bundle_count_from_six_in_the_morning(tmp_path):
    """Stamped at the first price, they would know the results of the day before."""
    read = _read(tmp_path, "game_id,game_date,elo_prob1,rating_prob1\nKCA201604030,2016-04-03,.56,.46\n")
    (forecast,) = read.forecasts
    assert (forecast.forecaster, forecast.game, forecast.home_win, forecast.assumed) == (
        "538",
        "KCA201604030",
        0.46,
        True,
    )
    assert forecast.made_at == datetime(2016, 4, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize("header", ["who,game,home_win", "who,game,instant", "game_id,game_date,elo_prob1"])
def test_another_table_is_refused_by_its_columns(tmp_path, header):
    """A table without instants cannot be compared honestly."""
    with pytest.raises(ArchiveShapeChanged, match=r"mine\.csv: no column .*who, game, instant"):
        _read(tmp_path, f"{header}\n1,2,3\n")
