"""When a fact without a stamp of its own became knowable.

Belongs here: the rules for archives, one function per kind of fact.
Not here: choose which facts a decision may use (features/knowable.py), or touch facts that carry a stamp.

Every instant these functions give is assumed; rows built from them say so.
"""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.time_rules import RESULT_HOUR, noon_before
from mlb_ml_assets.identity.schedule_rules import SECOND_GAME_AFTER, time_of

UTC = ZoneInfo("UTC")
CLOSE_BEFORE_FIRST_PITCH = timedelta(minutes=1)
LINEUP_BEFORE_FIRST_PITCH = timedelta(hours=3)
# First pitch is thrown 0 to 4 minutes after the listed time: of 2,461 games of 2016 whose listed start is on record,
# the recorded first pitch rounded down to five minutes is the listed start in 93.0 %, within five minutes in 97.2 %.
LISTED_START_STEP = "5min"


def archive_open_known_at(game_date: date) -> datetime:
    """Opening price of an archive, and the probable starters with it: noon Eastern on the day before the game."""
    return noon_before(game_date).astimezone(UTC)


def pregame_known_at(first_pitch: datetime) -> datetime:
    """Line-ups, plate umpire and weather: three hours before first pitch."""
    return first_pitch - LINEUP_BEFORE_FIRST_PITCH


def result_known_at(played_on: date) -> datetime:
    """Result and box score: 06:00 Eastern on the day after the game ended."""
    return datetime.combine(played_on + timedelta(days=1), RESULT_HOUR, tzinfo=EASTERN).astimezone(UTC)


def archive_opens_known_at(game_dates: "pd.Series[Any]") -> "pd.Series[Any]":
    """`archive_open_known_at` for a column of dates."""
    return _instants(game_dates.map({day: archive_open_known_at(day) for day in game_dates.unique()}))


def results_known_at(played_on: "pd.Series[Any]") -> "pd.Series[Any]":
    """`result_known_at` for a column of dates."""
    return _instants(played_on.map({day: result_known_at(day) for day in played_on.unique()}))


def instants_of_local(local: "pd.Series[Any]", timezones: "pd.Series[str]") -> "pd.Series[Any]":
    """Wall-clock times (naive, missing allowed) at parks in the given IANA zones, as UTC instants."""
    instants = _instants(pd.Series(pd.NaT, index=local.index, dtype="datetime64[ns, UTC]"))
    for timezone in timezones.dropna().unique():
        here = timezones.eq(timezone)
        wall = local[here].dt.tz_localize(str(timezone), nonexistent="shift_forward", ambiguous=True)
        instants[here] = wall.dt.tz_convert("UTC")
    return instants


def assumed_starts(
    game_dates: "pd.Series[Any]",
    day_night: "pd.Series[str]",
    game_number: "pd.Series[int]",
    timezones: "pd.Series[str]",
) -> "pd.Series[Any]":
    """`schedule_rules.assumed_start` for columns: date, D or N of the day's first game, game number, IANA zone."""
    clock = {letter: pd.Timedelta(hours=time_of(letter).hour, minutes=time_of(letter).minute) for letter in "DN"}
    first = instants_of_local(pd.to_datetime(game_dates) + day_night.map(clock), timezones)
    return _instants(first.where(game_number.ne(2), first + pd.Timedelta(SECOND_GAME_AFTER)))


def _instants(values: "pd.Series[Any]") -> "pd.Series[Any]":
    return pd.Series(pd.to_datetime(values, utc=True), index=values.index).astype("datetime64[ns, UTC]")
