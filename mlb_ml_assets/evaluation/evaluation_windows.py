"""The windows over which a model is judged, and slicing by them.

Belongs here: months under the month's own version, seasons and trailing days under `walk-forward`, exclusive ends.
Not here: judge (performance.py, market_comparison.py).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

WALK_FORWARD = "walk-forward"
TRAILING_DAYS = 30


@dataclass(frozen=True)
class Window:
    """A half-open range of game dates under one model version."""

    model_version: str
    start: date
    end: date

    def of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Rows of a frame sorted by game_date that fall into the window; a slice, not a copy."""
        days = frame["game_date"]
        return frame.iloc[days.searchsorted(pd.Timestamp(self.start)) : days.searchsorted(pd.Timestamp(self.end))]


def month_window(model_version: str, month: date) -> Window:
    """The calendar month of a monthly model, e.g. "2018-05" (or its retrain "2018-05.1")."""
    first = month.replace(day=1)
    return Window(model_version, first, (first + timedelta(days=32)).replace(day=1))


def season_window(season: int) -> Window:
    """A calendar year of whichever models were current."""
    return Window(WALK_FORWARD, date(season, 1, 1), date(season + 1, 1, 1))


def trailing_window(last_day: date, days: int = TRAILING_DAYS) -> Window:
    """The last `days` days up to and including `last_day`."""
    return Window(WALK_FORWARD, last_day - timedelta(days=days - 1), last_day + timedelta(days=1))


def windows_of(games: pd.DataFrame, last_days: Iterable[date] = ()) -> Iterator[Window]:
    """Every month by version, every season, and the trailing windows of the days given, for games that were predicted.

    Args:
        games: game_date (datetime64) and model_version.
        last_days: days for which a trailing window is wanted.
    """
    months = games["game_date"].dt.to_period("M")
    for version, month in sorted(set(zip(games["model_version"].tolist(), months.tolist(), strict=True))):
        yield month_window(str(version), month.start_time.date())
    for season in sorted(games["game_date"].dt.year.unique().tolist()):
        yield season_window(int(season))
    for day in last_days:
        yield trailing_window(day)
